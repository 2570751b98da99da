import { cp, rm } from "node:fs/promises";

await rm("_site", { recursive: true, force: true });
await cp("index.html", "_site/index.html");
await cp("node_modules/plotlens/plotlens", "_site/plotlens", { recursive: true });
