import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

/** Files by their path, with forward slashes. @typedef {Map<string, Buffer>} Files */

/**
 * Every file below a folder.
 *
 * @param {string} folder
 * @param {(path: string) => boolean} [wanted]
 * @returns {Promise<Files>} in the order of their paths
 */
export async function readFolder(folder, wanted = () => true) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .map((name) => name.split(path.sep).join("/"))
    .filter(wanted)
    .sort();
  /** @type {Files} */
  const files = new Map();
  for (const name of paths) files.set(name, await readFile(path.join(folder, name)));
  return files;
}

/**
 * @param {Buffer} bytes
 * @returns {string} SHA-256 in hexadecimal
 */
export function sha256(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}

/**
 * A short name for what some files hold: another one as soon as a byte or a name differs.
 *
 * @param {Files} files
 */
export function fingerprint(files) {
  const lines = [...files].map(([name, bytes]) => `${sha256(bytes)} ${name}\n`).sort();
  return sha256(Buffer.from(lines.join(""))).slice(0, 10);
}

/**
 * What a folder holds, for the service worker and for a site's own checks.
 *
 * @param {Files} files
 * @returns {string} JSON: `id`, another one for other files, and each file's `path`, `bytes` and
 *   `sha256`
 */
export function inventory(files) {
  const list = [...files].map(([path, bytes]) => ({
    path,
    bytes: bytes.length,
    sha256: sha256(bytes),
  }));
  return `${JSON.stringify({ id: fingerprint(files), files: list }, null, 1)}\n`;
}
