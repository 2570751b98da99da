import { REFERENCE } from "./contenders.mjs";
import { PLAUSIBLE, SENTENCES, words } from "./texts.mjs";

/** @import { Browser, Page } from "playwright-core" */
/** @import { Site } from "./server.mjs" */
/** @import { Contender, Latency, Results, Run, Samples, Start } from "./types.js" */

/** In tokens. */
const LENGTHS = [8, 32, 64, 128, 256, 512];
const LENGTHS_LARGE = [128];

/** JetStream's iterations of a batch, and how many of them count as the worst. */
const ITERATIONS = 30;
const WORST = 4;

const SHORT_WORDS = 60;
const LONG_WORDS = 2000;

/** Below the server's root. */
const SHIPPED = "model/";
const LARGE = "model/large/";

/**
 * What every measure needs.
 *
 * @typedef {object} Stage
 * @property {Browser} browser
 * @property {Site} site
 * @property {Contender[]} contenders
 * @property {number} rounds
 * @property {number} warmUp rounds that are not counted
 * @property {number} starts fresh pages for each contender
 * @property {string | undefined} texts a file of plots
 * @property {(tokens: number) => string} passage
 * @property {(what: string) => void} say
 */

/**
 * From bytes in memory to the first answer, and the memory then held.
 *
 * @param {Stage} stage
 * @returns {Promise<Pick<Results, "start" | "startLarge">>}
 */
export async function start(stage) {
  const large = stage.contenders.filter((contender) => contender.large);
  return {
    start: await startOf(stage, stage.contenders, SHIPPED),
    startLarge: await startOf(stage, large, LARGE),
  };
}

/**
 * @param {Stage} stage
 * @param {Contender[]} contenders
 * @param {string} model
 * @returns {Promise<Samples<Start>>}
 */
function startOf(stage, contenders, model) {
  return eachOnFreshPages(stage, contenders, model, async (page, id) => {
    const load = await ask(page, "call", id, "load");
    const { whole: firstRun } = await ask(page, "call", id, "run", [words(SHORT_WORDS)]);
    return { load, firstRun, memory: await ask(page, "call", id, "memory") };
  });
}

/**
 * Two short sentences at once, scored as JetStream 3 scores `transformersjs-bert`.
 *
 * @param {Stage} stage
 * @returns {Promise<Pick<Results, "batch">>}
 */
export async function batch(stage) {
  /** @type {number[]} */
  let tokens = [];
  const samples = await eachOnFreshPages(stage, stage.contenders, SHIPPED, async (page, id) => {
    const load = await ask(page, "call", id, "load");
    const runs = [];
    for (let iteration = 0; iteration < ITERATIONS; iteration++) {
      runs.push(await ask(page, "call", id, "run", SENTENCES));
    }
    tokens = runs[0].tokens;
    const [first, ...others] = runs.map((/** @type {Run} */ run) => run.whole);
    const slowest = others.toSorted((a, b) => b - a).slice(0, WORST);
    return { first: load + first, worst: mean(slowest), average: mean(others) };
  });
  return { batch: { tokens, samples } };
}

/**
 * Every engine on one page: latency by length, the keyword model, agreement.
 *
 * @param {Stage} stage
 * @returns {Promise<Pick<Results, "latency" | "keywords" | "agreement">>}
 */
export function latency(stage) {
  return onFreshPage(stage, stage.contenders, SHIPPED, async (page) => {
    await loadAll(page, stage.contenders);
    return {
      latency: await latencyOn(page, stage, stage.contenders, LENGTHS),
      keywords: await keywordsOn(page, stage),
      agreement: await agreementOn(page, stage.contenders),
    };
  });
}

/** Texts at once, and their length in tokens, on a graphics processor. */
const BATCHES = [1, 8, 32];
const BATCH_TOKENS = 64;

/**
 * On a graphics processor: latency by length, texts a second by batch, agreement with the processor.
 *
 * @param {Stage} stage
 * @returns {Promise<{ latency: Latency[], batches: { size: number, seconds: Samples }[], furthest: Record<string, number>, adapterName: string }>}
 */
export function graphics(stage) {
  return onFreshPage(stage, stage.contenders, SHIPPED, async (page) => {
    await loadAll(page, stage.contenders);
    const ids = stage.contenders.map(({ id }) => id);
    const { warmUp, rounds } = stage;
    const latency = await latencyOn(page, stage, stage.contenders, LENGTHS);
    const batches = [];
    for (const size of BATCHES) {
      stage.say(`  ${size} texts at once`);
      const texts = Array(size).fill(stage.passage(BATCH_TOKENS));
      /** @type {Samples<Run>} */
      const runs = await ask(page, "interleave", ids, "run", texts, { warmUp, rounds });
      batches.push({ size, seconds: mapSamples(runs, ({ encoder }) => encoder / 1000) });
    }
    const [first = "", ...others] = ids;
    /** @type {Record<string, number>} */
    const furthest = {};
    for (const text of PLAUSIBLE) {
      const { probabilities } = await ask(page, "call", first, "run", [text]);
      for (const id of others) {
        const other = await ask(page, "call", id, "run", [text]);
        furthest[id] = Math.max(
          furthest[id] ?? 0,
          ...probabilities[0].map((/** @type {number} */ p, /** @type {number} */ genre) =>
            Math.abs(p - other.probabilities[0][genre]),
          ),
        );
      }
    }
    const adapterName = await page.evaluate(async () => {
      const { vendor, architecture, description } =
        (await navigator.gpu.requestAdapter({ powerPreference: "high-performance" }))?.info ?? {};
      return description || `${vendor} ${architecture}`;
    });
    return { latency, batches, furthest, adapterName };
  });
}

/**
 * Latency of the same network at DistilBERT's full size.
 *
 * @param {Stage} stage
 * @returns {Promise<Pick<Results, "latencyLarge">>}
 */
export function large(stage) {
  const contenders = stage.contenders.filter((contender) => contender.large);
  return onFreshPage(stage, contenders, LARGE, async (page) => {
    await loadAll(page, contenders);
    return { latencyLarge: await latencyOn(page, stage, contenders, LENGTHS_LARGE) };
  });
}

/**
 * @param {Page} page
 * @param {Stage} stage
 * @param {Contender[]} contenders
 * @param {number[]} lengths
 * @returns {Promise<Latency[]>}
 */
async function latencyOn(page, { passage, rounds, warmUp, say }, contenders, lengths) {
  const ids = contenders.map(({ id }) => id);
  // Browsers compile hot code again, and better: that is over before the first length.
  await ask(page, "interleave", ids, "run", [passage(128)], { warmUp: 2 * warmUp, rounds: 0 });
  const found = [];
  for (const tokens of lengths) {
    say(`  ${tokens} tokens`);
    const options = { warmUp, rounds };
    /** @type {Samples<Run>} */
    const runs = await ask(page, "interleave", ids, "run", [passage(tokens)], options);
    const other = ids.find((id) => runs[id]?.some((run) => run.tokens[0] !== tokens));
    if (other !== undefined) throw new Error(`${other} did not read ${tokens} tokens.`);
    found.push({
      tokens,
      whole: mapSamples(runs, (run) => run.whole),
      encoder: mapSamples(runs, (run) => run.encoder),
    });
  }
  return found;
}

/**
 * @param {Page} page
 * @param {Stage} stage
 */
async function keywordsOn(page, { contenders, rounds, warmUp }) {
  const ids = contenders.filter(({ engine }) => engine === "ours").map(({ id }) => id);
  const options = { warmUp, rounds };
  const samples = await ask(page, "interleave", ids, "keywords", words(LONG_WORDS), options);
  return { words: LONG_WORDS, samples };
}

/**
 * How far the probabilities are from those of the reference, at most.
 *
 * @param {Page} page
 * @param {Contender[]} contenders
 */
async function agreementOn(page, contenders) {
  if (!contenders.some(({ id }) => id === REFERENCE)) return undefined;
  /** @type {Record<string, number>} */
  const differences = Object.fromEntries(contenders.map(({ id }) => [id, 0]));
  for (const text of PLAUSIBLE) {
    /** @type {Record<string, Run>} */
    const runs = {};
    for (const { id } of contenders) runs[id] = await ask(page, "call", id, "run", [text]);
    const expected = runs[REFERENCE]?.probabilities[0] ?? [];
    for (const [id, run] of Object.entries(runs)) {
      const apart = expected.map((p, genre) =>
        Math.abs(p - (run.probabilities[0]?.[genre] ?? NaN)),
      );
      differences[id] = Math.max(differences[id] ?? 0, ...apart);
    }
  }
  return { texts: PLAUSIBLE.length, differences };
}

/**
 * Every contender alone on a page of its own, again and again.
 *
 * @template T
 * @param {Stage} stage
 * @param {Contender[]} contenders
 * @param {string} model
 * @param {(page: Page, id: string) => Promise<T>} use
 * @returns {Promise<Samples<T>>}
 */
async function eachOnFreshPages(stage, contenders, model, use) {
  /** @type {Samples<T>} */
  const samples = Object.fromEntries(contenders.map(({ id }) => [id, []]));
  for (let turn = 0; turn < stage.starts; turn++) {
    for (const contender of contenders) {
      stage.say(`  ${contender.id}, page ${turn + 1} of ${stage.starts}`);
      const one = (/** @type {Page} */ page) => use(page, contender.id);
      samples[contender.id]?.push(await onFreshPage(stage, [contender], model, one));
    }
  }
  return samples;
}

/**
 * A page of its own process, so that no compiled code is left from before, with a worker for each
 * contender that has fetched its files.
 *
 * @template T
 * @param {Stage} stage
 * @param {Contender[]} contenders
 * @param {string} model
 * @param {(page: Page) => Promise<T>} use
 * @returns {Promise<T>}
 */
async function onFreshPage({ browser, site }, contenders, model, use) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(`${site.url}page.html`);
    for (const contender of contenders) await ask(page, "open", contender, model);
    return await use(page);
  } finally {
    await context.close();
  }
}

/**
 * @param {Page} page
 * @param {Contender[]} contenders
 */
async function loadAll(page, contenders) {
  for (const { id } of contenders) await ask(page, "call", id, "load");
}

/**
 * Calls a function of page.js.
 *
 * @param {Page} page
 * @param {"open" | "call" | "interleave"} name
 * @param {unknown[]} args
 * @returns {Promise<any>}
 */
function ask(page, name, ...args) {
  /** @typedef {{ bench: Record<string, (...args: unknown[]) => unknown> }} Window */
  return page.evaluate(
    ({ name, args }) =>
      /** @type {Window} */ (/** @type {unknown} */ (globalThis)).bench[name]?.(...args),
    { name, args },
  );
}

/**
 * @template T, U
 * @param {Samples<T>} samples
 * @param {(sample: T) => U} change
 * @returns {Samples<U>}
 */
function mapSamples(samples, change) {
  const entries = Object.entries(samples);
  return Object.fromEntries(entries.map(([id, all]) => [id, all.map(change)]));
}

/** @param {number[]} values */
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
