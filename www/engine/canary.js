/** @import { Engine, GpuEncoder, PackedClassification, Processor } from "./types.js" */

/** How far a probability may be from the processor's. */
export const TOLERANCE = 2e-3;
/** How often each plot is timed. */
const ROUNDS = 2;
/** So many times as slow at one plot is slower at all of them. */
const HOPELESS = 4;

/** A sentence, a paragraph, and nearly a whole window. */
const SHORT = "A sheriff hunts the outlaw who was once his friend.";
const PARAGRAPH =
  "When the night ferry runs aground off a small island, its cook, a retired detective, finds that " +
  "the captain was dead before the ship struck. Everybody on board had a reason to wish for it, and " +
  "nobody can leave before the tide. As the lamps fail one after the other, a child who hides among " +
  "the lifeboats says that she has seen the captain walk across the deck.";
const PLOTS = [SHORT, PARAGRAPH, `${PARAGRAPH} ${SHORT} ${PARAGRAPH}`];

/**
 * @typedef {object} Judgement
 * @property {number} difference the largest between two probabilities; NaN where one is no number
 * @property {Record<Processor, number> | null} timings of the plots, the best of a few rounds, in
 *   milliseconds; null where they were not asked for
 * @property {number} slowest what a window took at most on the graphics processor, in milliseconds
 */

/**
 * Reads a few plots by both, alone and side by side.
 *
 * @param {Engine} engine
 * @param {GpuEncoder["run"]} run
 * @param {boolean} timed whether both are timed, as far as it is not hopeless
 * @returns {Promise<Judgement>}
 * @throws whatever `run` does
 */
export async function judge(engine, run, timed) {
  /** @type {number[]} */
  const differences = [];
  const timings = { cpu: 0, webgpu: 0 };
  let slowest = 0;
  for (const plot of PLOTS) {
    const expected = probabilities(read(engine, plot));
    // The first one also makes what the others use.
    const began = performance.now();
    differences.push(furthest(probabilities(await readBy(engine, run, plot)), expected));
    slowest = Math.max(slowest, performance.now() - began);
    if (!timed) continue;
    const took = await times(engine, run, plot);
    timings.cpu += took.cpu;
    timings.webgpu += took.webgpu;
    const hopeless = took.webgpu > HOPELESS * took.cpu;
    if (hopeless) return { difference: Math.max(...differences), timings, slowest };
  }
  differences.push(await apart(engine, run));
  return { difference: Math.max(...differences), timings: timed ? timings : null, slowest };
}

/**
 * @param {Engine} engine
 * @param {GpuEncoder["run"]} run
 * @param {string} plot
 */
async function times(engine, run, plot) {
  const best = { cpu: Infinity, webgpu: Infinity };
  for (let round = 0; round < ROUNDS; round += 1) {
    let began = performance.now();
    read(engine, plot);
    best.cpu = Math.min(best.cpu, performance.now() - began);
    began = performance.now();
    await readBy(engine, run, plot);
    best.webgpu = Math.min(best.webgpu, performance.now() - began);
  }
  return best;
}

/**
 * @param {Engine} engine
 * @param {string} plot
 */
function read(engine, plot) {
  const job = engine.start(plot, null, "all");
  try {
    while (!job.step());
    return job.finish();
  } finally {
    job.free();
  }
}

/**
 * @param {Engine} engine
 * @param {GpuEncoder["run"]} run
 * @param {string} plot
 */
async function readBy(engine, run, plot) {
  const job = engine.start(plot, null, "all");
  try {
    for (let next = job.nextWindow(); next !== undefined; next = job.nextWindow()) {
      const [values] = await run([next]);
      job.takeWindow(/** @type {Float32Array} */ (values));
    }
    return job.finish();
  } finally {
    job.free();
  }
}

/**
 * The largest difference in the short plots where they are read side by side.
 *
 * @param {Engine} engine
 * @param {GpuEncoder["run"]} run
 */
async function apart(engine, run) {
  const plots = [SHORT, PARAGRAPH, SHORT];
  const jobs = plots.map((plot) => engine.start(plot, null, "all"));
  try {
    const windows = jobs.map((job) => /** @type {Uint32Array} */ (job.nextWindow()));
    const values = await run(windows);
    const differences = jobs.map((job, i) => {
      job.takeWindow(/** @type {Float32Array} */ (values[i]));
      const expected = probabilities(read(engine, /** @type {string} */ (plots[i])));
      return furthest(probabilities(job.finish()), expected);
    });
    return Math.max(...differences);
  } finally {
    for (const job of jobs) job.free();
  }
}

/**
 * DistilBERT's, in the order of the genres.
 *
 * @param {PackedClassification} answer
 */
function probabilities({ genres }) {
  /** @type {number[]} */
  const values = [];
  for (const { index, distilbert } of genres) values[index] = distilbert?.probability ?? NaN;
  return values;
}

/**
 * @param {number[]} a
 * @param {number[] | undefined} b
 */
function furthest(a, b) {
  return Math.max(...a.map((value, i) => Math.abs(value - (b?.[i] ?? NaN))));
}
