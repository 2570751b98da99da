import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { darkSheet, fileOf, html, PAGES } from "./docs/pages.mjs";
import { reference } from "./docs/reference.mjs";

/**
 * Writes docs/api.md and the pages of www/docs/: node packaging/docs.mjs. With --check it writes
 * nothing, and fails where they are not what it would write. Needs the core's types: ./build.sh wasm.
 */

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** @param {string} name */
const read = (name) => readFile(path.join(ROOT, name), "utf8");

const api = reference(ROOT);
/** @type {Map<string, string>} */
const files = new Map([["docs/api.md", api]]);
for (const page of PAGES) {
  const markdown = page.name === "api" ? api : await read(`docs/${page.name}.md`);
  files.set(`www/docs/${fileOf(page.name)}`, html(page, markdown));
}
files.set("www/docs/dark.css", darkSheet(await read("www/styles/tokens.css")));

const stale = [];
for (const [name, text] of files) {
  if ((await read(name).catch(() => null)) !== text) stale.push(name);
}
if (process.argv.includes("--check")) {
  if (stale.length > 0) {
    console.error(`Not as they should be: ${stale.join(", ")}. Run npm run docs.`);
    process.exitCode = 1;
  }
} else {
  for (const name of stale) {
    const file = path.join(ROOT, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, String(files.get(name)));
  }
}
