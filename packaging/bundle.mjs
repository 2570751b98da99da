import { fingerprint, inventory, sha256 } from "./files.mjs";

/** @import { Files } from "./files.mjs" */

/** What a site's other pages may name; everything else lies in a folder that is named by its content. */
const ENTRIES = ["element.js", "plotlens.js"];
/** What has to lie beside the page: a service worker serves nothing above itself. */
const AT_THE_TOP = ["index.html", "sw.js", "app.webmanifest", "files.json"];
/** What people link to keeps its address. */
const DOCUMENTATION = "docs/";

/**
 * The static folder that a site serves. The program and the models lie in folders named by what they
 * hold, and only the small files beside them are ever replaced: so no page mixes two versions, caches
 * may keep the folders for ever, and a new program does not fetch the old models again.
 *
 * @param {Files} www the page as it lies in the repository, with its wasm builds
 * @returns {Files}
 */
export function bundle(www) {
  const models = within(www, "model/");
  // The manifest holds the hashes of all that is loaded; the card beside it may be reworded.
  const modelFolder = `model-${sha256(/** @type {Buffer} */ (models.get("manifest.json"))).slice(0, 10)}/`;
  const program = without(www, "model/", DOCUMENTATION, ...AT_THE_TOP);
  program.set("engine/places.js", Buffer.from(places(`../../${modelFolder}`)));
  const programFolder = `app-${fingerprint(program)}/`;

  /** @type {Files} */
  const files = new Map();
  for (const name of ENTRIES) {
    files.set(name, Buffer.from(`export * from "./${programFolder}${name}";\n`));
  }
  const page = String(www.get("index.html"));
  files.set("index.html", Buffer.from(moved(page, programFolder, modelFolder)));
  for (const [name, bytes] of within(www, DOCUMENTATION)) {
    const isPage = name.endsWith(".html");
    const own = isPage
      ? Buffer.from(moved(String(bytes), programFolder, modelFolder, "../"))
      : bytes;
    files.set(DOCUMENTATION + name, own);
  }
  files.set("sw.js", /** @type {Buffer} */ (www.get("sw.js")));
  const app = String(www.get("app.webmanifest"));
  files.set("app.webmanifest", Buffer.from(app.replaceAll('"icons/', `"${programFolder}icons/`)));
  for (const [name, bytes] of program) files.set(programFolder + name, bytes);
  for (const [name, bytes] of models) files.set(modelFolder + name, bytes);
  files.set("files.json", Buffer.from(inventory(files)));
  return files;
}

/** @param {string} folder */
function places(folder) {
  return `export const MODELS = new URL("${folder}", import.meta.url);\n`;
}

/**
 * A page whose relative addresses lead into the two folders.
 *
 * @param {string} html
 * @param {string} programFolder
 * @param {string} modelFolder
 * @param {string} [up] from the page to the folder that holds both
 */
export function moved(html, programFolder, modelFolder, up = "") {
  return html.replace(/\b(href|src)="(?![#/]|[a-z]+:)([^"]+)"/g, (whole, attribute, written) => {
    if (!written.startsWith(up)) return whole;
    const address = written.slice(up.length);
    if (AT_THE_TOP.includes(address) || address.startsWith(DOCUMENTATION)) return whole;
    const to = address.startsWith("model/")
      ? modelFolder + address.slice("model/".length)
      : programFolder + address;
    return `${attribute}="${up}${to}"`;
  });
}

/**
 * @param {Files} files
 * @param {string} folder
 * @returns {Files} with paths relative to the folder
 */
function within(files, folder) {
  const inside = [...files].filter(([name]) => name.startsWith(folder));
  return new Map(inside.map(([name, bytes]) => [name.slice(folder.length), bytes]));
}

/**
 * @param {Files} files
 * @param {...string} left files, or folders with their slash
 * @returns {Files}
 */
function without(files, ...left) {
  const isLeft = (/** @type {string} */ name) =>
    left.some((out) => name === out || (out.endsWith("/") && name.startsWith(out)));
  return new Map([...files].filter(([name]) => !isLeft(name)));
}
