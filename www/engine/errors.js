/** The plain sentence for each failure that starts on this side of the core. */
const SENTENCES = /** @type {const} */ ({
  network: "The download stopped. Check the connection, then try again.",
  "http-status": "The server did not hand over a file that PlotLens needs. Try again later.",
  aborted: "This was cancelled.",
  closed: "This PlotLens was closed. Open a new one.",
  "bad-argument": "PlotLens reads text: give it a string.",
  "worker-lost":
    "The part that does the reading stopped unexpectedly. Your text is safe; try again.",
  "timed-out":
    "The part that does the reading did not answer in time. Your text is safe; try again.",
  "wasm-unsupported":
    "This browser could not start the program. Update the browser, or try another one.",
  "simd-missing":
    "It needs vector instructions that this browser lacks. Update the browser, or try another one.",
  "engine-missing": "This site does not hold the second engine.",
  "webgpu-unavailable":
    "This browser offers no graphics processor that PlotLens can use. Ask for “auto” or “cpu”.",
  "webgpu-failed": "The graphics processor could not be used. Ask for “auto” or “cpu”.",
  "model-damaged": "A model file arrived damaged. Try again to fetch it afresh.",
  "model-too-large": "The models of this site are too large for PlotLens.",
  "manifest-invalid": "The list of model files cannot be read. Try again later.",
});

/** An error with a stable `code` and one plain sentence saying what to do. */
export class PlotLensError extends Error {
  /**
   * Always “PlotLensError”.
   *
   * @override
   */
  name = "PlotLensError";
  /** What went wrong, in kebab case: stable, unlike the message. */
  code;

  /**
   * @param {string} code kebab-case, stable; the core's own codes come through unchanged
   * @param {string} [message] where left out, the sentence that belongs to the code
   * @param {ErrorOptions} [options]
   */
  constructor(code, message, options) {
    super(message ?? sentenceFor(code), options);
    this.code = code;
  }
}

/** @param {string} code */
function sentenceFor(code) {
  const known = /** @type {Record<string, string>} */ (SENTENCES);
  return known[code] ?? "Something went wrong. Try again.";
}

/**
 * The code an error carries, or null for one that neither we nor the core meant to throw.
 *
 * @param {unknown} error
 * @returns {string | null}
 */
export function codeOf(error) {
  const code = error instanceof Error ? /** @type {{ code?: unknown }} */ (error).code : null;
  return typeof code === "string" ? code : null;
}

/**
 * Any thrown thing as a PlotLensError; what carries no code of its own gets `fallback`.
 *
 * @param {unknown} error
 * @param {string} fallback
 */
export function asPlotLensError(error, fallback) {
  if (error instanceof PlotLensError) return error;
  const code = codeOf(error);
  if (code !== null) return new PlotLensError(code, /** @type {Error} */ (error).message);
  return new PlotLensError(fallback, undefined, { cause: error });
}
