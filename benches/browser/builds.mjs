import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";

/** @import { Stage } from "./measures.mjs" */
/** @import { Answers, BuildsAgreement, Results } from "./types.js" */

const BUILDS = ["scalar", "simd128", "relaxed"];
const TEXTS = 2000;
/** Texts that cross to the page at a time. */
const BATCH = 50;

/**
 * How far the builds are from each other over a labelled file: the largest difference of any genre's
 * probability, and the texts for which another genre is chosen, against the first build.
 *
 * @param {Stage} stage
 * @returns {Promise<Pick<Results, "builds">>}
 */
export async function builds({ browser, site, texts, say }) {
  if (texts === undefined) return {};
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${site.url}page.html`);
  await page.evaluate(open, { root: `${site.url}site/`, builds: BUILDS });
  const plots = (await readPlots(texts)).slice(0, TEXTS);
  /** @type {BuildsAgreement} */
  const found = { texts: plots.length, differences: {}, otherChoices: {} };
  for (let at = 0; at < plots.length; at += BATCH) {
    say(`  text ${at} of ${plots.length}`);
    const batch = plots.slice(at, at + BATCH);
    const [first = [], ...others] = await page.evaluate(classify, batch);
    for (const [i, answers] of others.entries())
      compare(found, BUILDS[i + 1] ?? "", first, answers);
  }
  await context.close();
  return { builds: found };
}

/**
 * @param {string} path .jsonl or .jsonl.gz with `text` and, where there is one, `title`
 * @returns {Promise<{ text: string, title?: string }[]>}
 */
async function readPlots(path) {
  const bytes = await readFile(path);
  const lines = (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line));
}

/**
 * @param {BuildsAgreement} found
 * @param {string} build
 * @param {Answers} first
 * @param {Answers} answers
 */
function compare({ differences, otherChoices }, build, first, answers) {
  for (const [i, { probabilities, chosen }] of answers.entries()) {
    const expected = first[i];
    const apart = probabilities.map((p, genre) =>
      Math.abs(p - (expected?.probabilities[genre] ?? NaN)),
    );
    differences[build] = Math.max(differences[build] ?? 0, ...apart);
    const same = chosen.join() === expected?.chosen.join();
    otherChoices[build] = (otherChoices[build] ?? 0) + (same ? 0 : 1);
  }
}

/**
 * Runs in the page: one engine for each build.
 *
 * @param {{ root: string, builds: string[] }} options
 */
async function open({ root, builds }) {
  const manifest = await (await fetch(`${root}model/manifest.json`)).text();
  const engines = [];
  for (const build of builds) {
    const glue = await import(`${root}wasm/${build}/plotlens.js`);
    await glue.default();
    const engine = new glue.Engine(manifest);
    for (const { path } of JSON.parse(manifest).files) {
      engine.load(path, new Uint8Array(await (await fetch(`${root}model/${path}`)).arrayBuffer()));
    }
    engines.push(engine);
  }
  Object.assign(globalThis, { engines });
}

/**
 * Runs in the page: every text by every engine.
 *
 * @param {{ text: string, title?: string }[]} plots
 * @returns {Answers[]}
 */
function classify(plots) {
  /** @type {import("../../www/engine/types.js").Engine[]} */
  const engines = /** @type {any} */ (globalThis).engines;
  return engines.map((engine) =>
    plots.map(({ text, title }) => {
      const job = engine.start(text, title, "all");
      while (!job.step());
      const { genres } = job.finish();
      job.free();
      const byIndex = genres.toSorted((a, b) => a.index - b.index);
      return {
        probabilities: byIndex.map(({ probability }) => probability),
        chosen: byIndex.filter(({ chosen }) => chosen).map(({ genre }) => genre),
      };
    }),
  );
}
