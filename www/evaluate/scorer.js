import { asPlotLensError, codeOf } from "../engine/errors.js";
import { Graphics } from "../engine/graphics.js";
import { Loader } from "../engine/loader.js";
import { readAll } from "./read-all.js";

/** @import { Job } from "../engine/types.js" */
/** @import { Batch, Scored } from "./types.js" */

/** A worker with models of its own that scores small batches of rows, as the Classify view would. */
const loader = new Loader(new URL("../", import.meta.url));
const graphics = new Graphics(loader, () => {});

/** Both models, once. @type {Promise<unknown> | null} */
let ready = null;

async function load() {
  const { signal } = new AbortController();
  await loader.load("keywords", signal, () => {});
  const { engine } = await loader.load("distilbert", signal, () => {});
  // Known before the first row, so that what reads a file changes only if it fails.
  if (engine === "fast") await graphics.consider();
}

/** @param {Batch} batch */
async function score({ rows }) {
  /** @type {{ row: number, job: Job }[]} */
  const begun = [];
  /** @type {Scored["refused"]} */
  const refused = [];
  const { engine } = loader;
  for (const { row, text, title } of rows) {
    try {
      begun.push({ row, job: engine.start(text, title, "all") });
    } catch (error) {
      if (!codeOf(error)?.startsWith("text-")) throw error;
      refused.push({ row, why: /** @type {Error} */ (error).message });
    }
  }
  await readAll(
    begun.map(({ job }) => job),
    graphics,
  );
  const parts = begun.map(({ job }) => job.scores());
  for (const { job } of begun) job.free();
  const width = parts[0]?.length ?? 0;
  const scores = new Float32Array(parts.length * width);
  parts.forEach((part, i) => scores.set(part, i * width));
  const type = /** @type {const} */ ("scored");
  const done = Uint32Array.from(begun, ({ row }) => row);
  return { type, models: engine.models, rows: done, scores, refused };
}

self.addEventListener("message", async (event) => {
  try {
    await (ready ??= load());
    const scored = await score(event.data);
    self.postMessage(scored, { transfer: [scored.rows.buffer, scored.scores.buffer] });
  } catch (error) {
    ready = null;
    const { code, message } = asPlotLensError(error, "worker-lost");
    self.postMessage({ type: "failed", code, message });
  }
});
