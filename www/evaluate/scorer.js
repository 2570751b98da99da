import { Loader } from "../engine/loader.js";
import { asPlotLensError, codeOf } from "../engine/errors.js";

/** @import { Engine } from "../engine/types.js" */
/** @import { Batch, Scored } from "./types.js" */

/** A worker with models of its own that scores small batches of rows, as the Classify view would. */
const loader = new Loader(new URL("../", import.meta.url));

/** Both models, once. @type {Promise<unknown> | null} */
let ready = null;

async function load() {
  const { signal } = new AbortController();
  await loader.load("keywords", signal, () => {});
  await loader.load("distilbert", signal, () => {});
}

/** @param {Batch} batch */
function score({ rows }) {
  /** @type {number[]} */
  const done = [];
  /** @type {Float32Array[]} */
  const parts = [];
  /** @type {Scored["refused"]} */
  const refused = [];
  const engine = /** @type {Required<Engine>} */ (loader.engine);
  for (const { row, text, title } of rows) {
    try {
      parts.push(engine.score(text, title));
      done.push(row);
    } catch (error) {
      if (!codeOf(error)?.startsWith("text-")) throw error;
      refused.push({ row, why: /** @type {Error} */ (error).message });
    }
  }
  const width = parts[0]?.length ?? 0;
  const scores = new Float32Array(parts.length * width);
  parts.forEach((part, i) => scores.set(part, i * width));
  const type = /** @type {const} */ ("scored");
  return { type, models: engine.models, rows: Uint32Array.from(done), scores, refused };
}

self.addEventListener("message", async (event) => {
  try {
    await (ready ??= load());
    const scored = score(event.data);
    self.postMessage(scored, { transfer: [scored.rows.buffer, scored.scores.buffer] });
  } catch (error) {
    ready = null;
    const { code, message } = asPlotLensError(error, "worker-lost");
    self.postMessage({ type: "failed", code, message });
  }
});
