import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { inventory, readFolder } from "./files.mjs";

/** Lists what the page's folder holds, so that its service worker can keep it. */
const www = fileURLToPath(new URL("../www/", import.meta.url));
const listed = (/** @type {string} */ name) =>
  !["files.json", "sw.js"].includes(name) && !name.endsWith(".gitignore");
await writeFile(`${www}files.json`, inventory(await readFolder(www, listed)));
