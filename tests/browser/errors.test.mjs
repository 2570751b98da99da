import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { readFolder, sha256 } from "../../packaging/files.mjs";
import { BUILD, hideInstruction, setUpStage } from "./support/stage.mjs";
import { PLAIN } from "./support/texts.mjs";

/** @import { Page } from "playwright-core" */

/**
 * Every code that an error may carry, each on one page: ok, then that error, then ok.
 */

const root = new URL("../../", import.meta.url);
const stage = await setUpStage();
after(() => stage.close());

const models = await readFolder(fileURLToPath(new URL("www/model/", root)));
const manifest = JSON.parse(String(models.get("manifest.json")));

/**
 * A model folder in which some things are otherwise; sizes and hashes are right again.
 *
 * @param {{ manifest?: (json: any) => void, files?: Record<string, Buffer | null> }} change
 * @returns {Map<string, Buffer>}
 */
function altered({ manifest: change = () => {}, files = {} }) {
  const folder = new Map(models);
  const json = structuredClone(manifest);
  for (const [name, bytes] of Object.entries(files)) {
    if (bytes === null) folder.delete(name);
    else {
      folder.set(name, bytes);
      const entry = json.files.find((/** @type {any} */ file) => file.path === name);
      Object.assign(entry, { bytes: bytes.length, sha256: sha256(bytes) });
    }
  }
  change(json);
  return folder.set("manifest.json", Buffer.from(JSON.stringify(json)));
}

/**
 * Serves a folder as `hostile/`.
 *
 * @param {Map<string, Buffer>} folder
 */
function serves(folder) {
  return (/** @type {Page} */ page) =>
    page.route("**/hostile/**", (route) => {
      const bytes = folder.get(route.request().url().split("/hostile/")[1] ?? "");
      return bytes === undefined ? route.fulfill({ status: 404 }) : route.fulfill({ body: bytes });
    });
}

const GARBAGE = Buffer.from("garbage ".repeat(100));
const HOSTILE = `PlotLens.load({ model: "hostile/" })`;
const { keywords, distilbert } = manifest;
const damaged = altered({});
damaged.set(keywords.file, Buffer.from(damaged.get(keywords.file) ?? "").reverse());

/**
 * @typedef {object} Failure
 * @property {string} code
 * @property {string} call of `lens`, `PlotLens`, `text`, or the core's `engine` and `Evaluator`
 * @property {(page: Page) => Promise<unknown>} [before] what is done to the page
 */

/** @type {Failure[]} */
const FAILURES = [
  { code: "text-empty", call: `lens.classify(" ")` },
  { code: "text-too-short", call: `lens.classify("a")` },
  { code: "text-no-words", call: `lens.classify("!!! ???")` },
  { code: "text-unreadable", call: `lens.classify("Это история о человеке.")` },
  { code: "bad-argument", call: `lens.classify(7)` },
  { code: "aborted", call: `lens.classify(text, { signal: AbortSignal.abort() })` },
  {
    code: "closed",
    call: `PlotLens.load().then((other) => (other.close(), other.classify(text)))`,
  },
  { code: "timed-out", call: `PlotLens.load({ silence: 1 })` },
  { code: "webgpu-unavailable", call: `PlotLens.load({ device: "webgpu" })` },
  {
    code: "worker-lost",
    call: `PlotLens.load()`,
    before: (page) => page.route("**/engine/worker.js", (route) => route.fulfill({ status: 404 })),
  },
  {
    code: "engine-missing",
    call: `PlotLens.load({ engine: "tract" })`,
    before: (page) => page.route("**/wasm/tract/**", (route) => route.fulfill({ status: 404 })),
  },
  {
    code: "simd-missing",
    call: `PlotLens.load()`,
    before: (page) => hideInstruction(page, 0x0f),
  },
  {
    code: "wasm-unsupported",
    call: `PlotLens.load()`,
    before: (page) =>
      page.route(`**/${BUILD}/plotlens_bg.wasm`, (route) => route.fulfill({ body: GARBAGE })),
  },
  {
    code: "network",
    call: HOSTILE,
    before: (page) => page.route("**/hostile/**", (route) => route.abort()),
  },
  {
    code: "http-status",
    call: HOSTILE,
    before: serves(altered({ files: { [keywords.file]: null } })),
  },
  {
    code: "manifest-invalid",
    call: HOSTILE,
    before: serves(new Map([["manifest.json", GARBAGE]])),
  },
  {
    code: "model-version",
    call: HOSTILE,
    before: serves(altered({ manifest: (json) => (json.format_version += 1) })),
  },
  {
    code: "model-unknown-file",
    call: HOSTILE,
    before: serves(altered({ manifest: (json) => (json.keywords.file = "other.bin") })),
  },
  {
    code: "model-too-large",
    call: HOSTILE,
    before: serves(altered({ manifest: (json) => (json.files[0].bytes = 2 ** 40) })),
  },
  { code: "model-damaged", call: HOSTILE, before: serves(damaged) },
  {
    code: "keywords-invalid",
    call: HOSTILE,
    before: serves(altered({ files: { [keywords.file]: GARBAGE } })),
  },
  {
    code: "tokenizer-invalid",
    call: HOSTILE,
    before: serves(altered({ files: { [distilbert.tokenizer]: GARBAGE } })),
  },
  {
    code: "model-unsupported",
    call: HOSTILE,
    before: serves(altered({ files: { [distilbert.onnx]: GARBAGE } })),
  },
  {
    code: "model-missing",
    call: `core.then(({ engine }) => engine.start(text, undefined, "all"))`,
  },
  {
    code: "job-state",
    call: `core.then(({ engine }) => {
      const job = engine.start(text, undefined, "keywords");
      return job.finish(), job.finish();
    })`,
  },
  { code: "file-invalid", call: `core.then(({ rows }) => rows("a.doc", "text"))` },
  {
    code: "io",
    call: `core.then(({ rows }) => rows("a.csv", "text", () => { throw new Error("gone"); }))`,
  },
  {
    code: "file-too-long",
    call: String.raw`core.then(({ rows }) => rows("a.csv", "text,genres\n" + "a,War\n".repeat(1_000_001)))`,
  },
];

/** Codes that no page can come to, and what tests them. */
const ELSEWHERE = {
  "report-damaged": "tests/browser/saved-report.test.mjs",
  "report-models": "tests/saved.rs",
  "report-version": "tests/saved.rs",
  "training-data": "tests/training.rs",
  "webgpu-failed": "tests/browser/webgpu.test.mjs",
};

/** The core itself, with the keyword model alone. */
const CORE = `
  const { default: start, Engine, Evaluator } = await import(
    new URL("../${BUILD}/plotlens.js", location.href).href
  );
  await start();
  const folder = new URL("../model/", location.href);
  const fetched = async (name) => new Uint8Array(await (await fetch(new URL(name, folder))).arrayBuffer());
  const manifest = new TextDecoder().decode(await fetched("manifest.json"));
  const engine = new Engine(manifest);
  const { file } = JSON.parse(manifest).keywords;
  engine.load(file, await fetched(file));
  const rows = (name, text, read) => {
    const bytes = new TextEncoder().encode(text);
    const evaluator = new Evaluator(manifest);
    const { guess } = evaluator.open(name, bytes.length, read ?? ((from, to) => bytes.slice(from, to)));
    evaluator.begin(guess);
    while (!evaluator.advance(10_000));
    return evaluator.rows;
  };
  return { engine, rows };`;

const { page, problems, close } = await stage.open({ path: "fonts/LICENSE-Literata.txt" });
await page.evaluate(async (text) => {
  await import(new URL("../engine/trusted-types.js", location.href).href);
  const { PlotLens } = await import(new URL("../plotlens.js", location.href).href);
  Object.assign(globalThis, { PlotLens, text, lens: await PlotLens.load() });
}, PLAIN);
await page.evaluate(`globalThis.core = (async () => {${CORE}})(); undefined`);
after(close);

/**
 * What comes of a call: “ok”, or the code and the sentence of its error.
 *
 * @param {string} call
 * @returns {Promise<{ code: string, message: string }>}
 */
function outcome(call) {
  return page.evaluate(
    `(async () => await (${call}))().then(() => ({ code: "ok", message: "" }),
      ({ code, message, stack }) => ({ code: code ?? stack, message }))`,
  );
}

const CALLS = [
  "lens.classify(text)",
  `core.then(({ engine }) => engine.start(text, undefined, "keywords").finish())`,
  String.raw`core.then(({ rows }) => rows("a.csv", "text,genres\na,War\n"))`,
];
const ANEW = "PlotLens.load().then((other) => other.classify(text).finally(() => other.close()))";

/** @param {string[]} calls */
async function work(calls) {
  for (const call of calls)
    assert.deepEqual(await outcome(call), { code: "ok", message: "" }, call);
}

test("before anything fails, everything works", () => work([...CALLS, ANEW]));

for (const { code, call, before } of FAILURES) {
  test(`${code}, and the calls after it work`, async () => {
    await before?.(page);
    const failed = await outcome(call);
    await page.unrouteAll({ behavior: "ignoreErrors" });
    assert.equal(failed.code, code, failed.message);
    assert.match(failed.message, /^[\w“].*\.$/s, "one plain sentence");
    await work(call.startsWith("PlotLens") ? [...CALLS, ANEW] : CALLS);
    assert.deepEqual(problems, []);
  });
}

test("every code has its test", () => {
  const read = (/** @type {string} */ name) => readFileSync(new URL(name, root), "utf8");
  const core = [...read("src/error.rs").matchAll(/=> "([a-z-]+)"/g)].map(([, code]) => code);
  const page = [
    ...read("www/engine/errors.js").matchAll(/^ {2}"?([a-z-]+)"?:$|^ {2}"?([a-z-]+)"?: "/gm),
  ];
  const codes = new Set([...core, ...page.map(([, long, short]) => long ?? short)]);
  assert.ok(core.length > 15 && page.length > 10);
  const tested = new Set([...FAILURES.map(({ code }) => code), ...Object.keys(ELSEWHERE)]);
  assert.deepEqual([...codes].sort(), [...tested].sort());
});
