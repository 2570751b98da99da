import { cp, rm } from "node:fs/promises";
import { build } from "esbuild";

await rm("_site", { recursive: true, force: true });
await cp("index.html", "_site/index.html");
// PlotLens is served as it is; the bundler need not look into it.
await cp("node_modules/plotlens/plotlens", "_site/plotlens", { recursive: true });
await build({
  entryPoints: ["src/main.jsx"],
  outfile: "_site/main.js",
  bundle: true,
  format: "esm",
  jsx: "automatic",
  define: { "process.env.NODE_ENV": '"production"' },
  minify: true,
});
