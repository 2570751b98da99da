import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { bundle } from "../../packaging/bundle.mjs";
import { readFolder } from "../../packaging/files.mjs";

/** @import { Files } from "../../packaging/files.mjs" */

const www = await readFolder(fileURLToPath(new URL("../../www/", import.meta.url)));

/**
 * Every address in some pages that leads nowhere.
 *
 * @param {Files} files
 */
function broken(files) {
  const pages = [...files.keys()].filter((name) => /^docs\/.*\.html$|^index\.html$/.test(name));
  assert.ok(pages.length > 8, "there are pages");
  return pages.flatMap((page) => {
    const addresses = String(files.get(page)).matchAll(/\b(?:href|src)="([^"]+)"/g);
    return [...addresses]
      .map(([, address = ""]) => address)
      .filter((address) => !leads(files, page, address))
      .map((address) => `${page} → ${address}`);
  });
}

/**
 * @param {Files} files
 * @param {string} page
 * @param {string} address
 */
function leads(files, page, address) {
  const [target = "", fragment] = address.split("#");
  const name = target === "" ? page : path.posix.join(path.posix.dirname(page), target);
  const file = files.get(name);
  if (file === undefined) return false;
  // Views of the page are no elements of it.
  if (fragment === undefined || page === "index.html") return true;
  return String(file).includes(`id="${fragment}"`);
}

test("every link of the documentation leads somewhere, in the repository", () => {
  assert.deepEqual(broken(www), []);
});

test("every link of the documentation leads somewhere, in the package", () => {
  assert.deepEqual(broken(bundle(www)), []);
});
