import { PlotLensError } from "./errors.js";

/** @import { Manifest, ModelFile } from "./types.js" */

/** A path of plain names; rules out schemes, roots and ways up. */
const SAFE_PATH = /^(?!.*\.\.)[\w][\w.-]*(\/[\w][\w.-]*)*$/;
const MOST_FILES = 64;
/** Of all files together; the core has the same budget. */
const MOST_BYTES = 2 ** 30;

/**
 * What the page needs of a manifest, checked as the untrusted JSON it is. The core checks the rest.
 *
 * @param {string} text
 * @returns {Manifest}
 * @throws {PlotLensError} `manifest-invalid`, `model-too-large`
 */
export function readManifest(text) {
  const json = parse(text);
  const { genres, files, distilbert } =
    /** @type {{ genres?: unknown, files?: unknown, distilbert?: unknown }} */ (json ?? {});
  if (!Array.isArray(genres) || !genres.every((name) => typeof name === "string")) throw invalid();
  if (!Array.isArray(files) || files.length === 0 || files.length > MOST_FILES) throw invalid();
  const { engine, onnx } = /** @type {{ engine?: unknown, onnx?: unknown }} */ (distilbert ?? {});
  /** @type {Manifest} */
  const manifest = {
    genres,
    files: files.map(readFile),
    engine: engine === "tract" ? "tract" : "fast",
    onnx: typeof onnx === "string" ? onnx : null,
  };
  if (totalBytes(manifest) > MOST_BYTES) throw new PlotLensError("model-too-large");
  return manifest;
}

/**
 * @param {Manifest} manifest
 * @returns {number} bytes of all its files
 */
export function totalBytes(manifest) {
  return manifest.files.reduce((sum, file) => sum + file.bytes, 0);
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new PlotLensError("manifest-invalid", undefined, { cause: error });
  }
}

/**
 * @param {unknown} value
 * @returns {ModelFile}
 */
function readFile(value) {
  const { path, bytes, model } =
    /** @type {{ path?: unknown, bytes?: unknown, model?: unknown }} */ (value ?? {});
  if (typeof path !== "string" || !SAFE_PATH.test(path)) throw invalid();
  if (typeof bytes !== "number" || !Number.isSafeInteger(bytes)) throw invalid();
  if (bytes < 0) throw invalid();
  if (model !== "keywords" && model !== "distilbert") throw invalid();
  return { path, bytes, model };
}

function invalid() {
  return new PlotLensError("manifest-invalid");
}
