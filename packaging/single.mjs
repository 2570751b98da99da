import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { readFolder } from "./files.mjs";

/**
 * Makes pkg/plotlens.html: the page, its workers, one build of the core and the models in one file
 * that opens by a double click, with no server and no network. The folder pkg/plotlens/ is there
 * before.
 */

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const WWW = path.join(ROOT, "www");
const PKG = path.join(ROOT, "pkg");
const BASE = "https://plotlens.invalid/";
/** The build that nearly every browser runs. */
const BUILD = "simd128";
const WORKERS = ["engine/worker.js", "evaluate/desk.js", "evaluate/scorer.js"];
const PAGE = ["page/early.js", "page/app.js", "page/views.js"];
/** What the program fetches. */
const FETCHED = new RegExp(
  `^(model/(manifest|tokenizer)\\.json|model/\\w+\\.(onnx|bin)|model/README\\.md|` +
    `wasm/${BUILD}/plotlens_bg\\.wasm|evaluate/(example\\.csv|evaluate\\.css))$`,
);
const TYPES = {
  ".wasm": "application/wasm",
  ".css": "text/css",
  ".md": "text/plain",
  ".js": "text/javascript",
};

/** Modules keep their addresses, below BASE; three of them are other ones here. */
const inOneFile = {
  name: "in-one-file",
  /** @param {import("esbuild").PluginBuild} builder */
  setup(builder) {
    builder.onLoad({ filter: /\.js$/ }, async ({ path: file }) => {
      const name = path.relative(WWW, file).split(path.sep).join("/");
      const resolveDir = path.dirname(file);
      if (name === "engine/glue.js") {
        const contents = `import * as glue from "../wasm/${BUILD}/plotlens.js";\nexport const importGlue = async () => glue;`;
        return { contents, resolveDir };
      }
      if (name === "engine/spawn.js") {
        const contents = "export const spawn = (address, name) => new Worker(address, { name });";
        return { contents, resolveDir };
      }
      if (name === "engine/builds.js") {
        return { contents: `export const bestBuild = () => "${BUILD}";`, resolveDir };
      }
      const code = await readFile(file, "utf8");
      return {
        contents: code.replaceAll("import.meta.url", JSON.stringify(BASE + name)),
        resolveDir,
      };
    });
  },
};

/**
 * One classic script of some modules, run in turn.
 *
 * @param {string[]} modules below www/
 */
async function script(modules) {
  const { outputFiles } = await build({
    stdin: {
      contents: [
        'import "../packaging/single/prelude.js";',
        ...modules.map((name) => `import "./${name}";`),
      ].join("\n"),
      resolveDir: WWW,
    },
    bundle: true,
    write: false,
    minify: true,
    format: "iife",
    target: "es2022",
    plugins: [inOneFile],
  });
  return /** @type {{ text: string }} */ (outputFiles[0]).text;
}

/**
 * @param {string} name
 * @param {Buffer} bytes
 * @param {string} [more] attributes
 */
function block(name, bytes, more = "") {
  const type =
    /** @type {Record<string, string>} */ (TYPES)[path.extname(name)] ?? "application/octet-stream";
  const letters = gzipSync(bytes, { level: 9 }).toString("base64");
  return `<script type="text/plain" data-path="${name}" data-type="${type}"${more}>${letters}</script>\n`;
}

const html = await readFile(path.join(WWW, "index.html"), "utf8");
const sheets = [...html.matchAll(/<link rel="stylesheet" href="([^"]+)"( media="print")? \/>/g)];
const fonts = await readFolder(path.join(WWW, "fonts"), (name) => name.endsWith(".woff2"));
let style = "";
for (const [, name = "", print] of sheets) {
  const css = await readFile(path.join(WWW, name), "utf8");
  style += print === undefined ? css : `@media print {\n${css}}\n`;
}
for (const [name, bytes] of fonts) {
  style = style.replaceAll(
    `../fonts/${name}`,
    `data:font/woff2;base64,${bytes.toString("base64")}`,
  );
}
const start = (
  await build({
    entryPoints: [path.join(ROOT, "packaging/single/start.js")],
    write: false,
    minify: true,
    format: "iife",
  })
).outputFiles[0]?.text.trim();
const icon = await readFile(path.join(WWW, "icons/icon.svg"));
const files = await readFolder(WWW, (name) => FETCHED.test(name));

const blocks = [block("page.js", Buffer.from(await script(PAGE)))];
for (const name of WORKERS)
  blocks.push(block(name, Buffer.from(await script([name])), " data-worker"));
for (const [name, bytes] of files) blocks.push(block(name, bytes));

const policy = [
  "default-src 'none'",
  `script-src 'sha256-${hash(start ?? "")}' 'wasm-unsafe-eval' blob:`,
  `style-src 'sha256-${hash(style)}' blob:`,
  "img-src data: blob:",
  "font-src data:",
  "connect-src blob:",
  "worker-src blob:",
].join("; ");

const page = html
  .replace(/content="default-src[^"]*"/, () => `content="${policy}"`)
  .replace(/\s*<link\s+rel="(stylesheet|preload|manifest)"[^>]*>/g, "")
  .replace(
    /<link rel="icon"[^>]*>/,
    () => `<link rel="icon" href="data:image/svg+xml;base64,${icon.toString("base64")}" />`,
  )
  .replace(/\s*<script[^>]*><\/script>/g, "")
  .replace(/\s*<p class="(stop opened-as-file|docs-link)">[^]*?<\/p>/g, "")
  .replace("</head>", () => `  <style>${style}</style>\n  </head>`)
  .replace("</body>", () => `${blocks.join("")}<script>${start}</script>\n  </body>`);
// Whoever has this file alone finds the terms of what is in it at its end, with any editor.
const notices = await readFile(path.join(PKG, "plotlens/THIRD-PARTY.txt"), "utf8");
const comment = `<!--\n${notices.replaceAll("-->", "-- >")}-->\n`;
await writeFile(path.join(PKG, "plotlens.html"), page + comment);
console.log(`pkg/plotlens.html: ${((page.length + comment.length) / 1e6).toFixed(1)} MB`);

/** @param {string} text */
function hash(text) {
  return createHash("sha256").update(text).digest("base64");
}
