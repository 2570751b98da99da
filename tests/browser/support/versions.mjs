import { cp, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { inventory, readFolder } from "../../../packaging/files.mjs";

const WWW = fileURLToPath(new URL("../../../www/", import.meta.url));

/** What is otherwise in the second version: what it says, what it runs, and its service worker. */
const CHANGES = {
  "index.html": (/** @type {string} */ html) =>
    html.replace('<h1 class="wordmark">PlotLens</h1>', '<h1 class="wordmark">Second</h1>'),
  "page/format.js": (/** @type {string} */ code) =>
    `${code}document.documentElement.dataset.second = "";\n`,
  "sw.js": (/** @type {string} */ code) => `${code}// Second\n`,
};

/**
 * A copy of the page that may change, as a site's folder does.
 *
 * @param {string} folder
 */
export async function copyPage(folder) {
  const own = (/** @type {string} */ name) => !name.includes("/wasm/tract");
  await cp(WWW, folder, { recursive: true, filter: own });
  await release(folder);
}

/**
 * Puts the second version into a copy while something is done.
 *
 * @param {string} folder
 * @param {() => Promise<void>} meanwhile
 */
export async function withSecondVersion(folder, meanwhile) {
  /** @type {Map<string, string>} */
  const first = new Map();
  for (const [name, change] of Object.entries(CHANGES)) {
    const file = path.join(folder, name);
    first.set(file, await readFile(file, "utf8"));
    await writeFile(file, change(String(first.get(file))));
  }
  await release(folder);
  try {
    await meanwhile();
  } finally {
    for (const [file, text] of first) await writeFile(file, text);
    await release(folder);
  }
}

/**
 * Lists a copy's files anew, as a build does.
 *
 * @param {string} folder
 */
async function release(folder) {
  const listed = (/** @type {string} */ name) => name !== "files.json" && name !== "sw.js";
  await writeFile(path.join(folder, "files.json"), inventory(await readFolder(folder, listed)));
}
