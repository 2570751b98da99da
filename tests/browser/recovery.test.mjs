import assert from "node:assert/strict";
import { after, afterEach, test } from "node:test";
import { setUpStage } from "./support/stage.mjs";
import { PLAIN } from "./support/texts.mjs";

/** @import { Page, Worker } from "playwright-core" */

const stage = await setUpStage();
after(() => stage.close());
afterEach(() => stage.server?.heal());

/**
 * A page without the app, with one PlotLens that has answered.
 *
 * @param {{ silence?: number }} [options]
 * @param {typeof stage} [on]
 */
async function openLens(options = {}, on = stage) {
  const { page, problems, close } = await on.open({ path: "fonts/LICENSE-Literata.txt" });
  await page.evaluate(async ([text, options]) => {
    await import(new URL("../engine/trusted-types.js", location.href).href);
    const { PlotLens } = await import(new URL("../plotlens.js", location.href).href);
    const lens = await PlotLens.load(options);
    await lens.classify(text);
    Object.assign(globalThis, { lens, text });
  }, /** @type {const} */ ([PLAIN, options]));
  return { page, problems, close };
}

/**
 * What comes of a call: “ok”, or the code of its error.
 *
 * @param {Page} page
 * @param {string} call of `lens`, about `text`
 * @returns {Promise<string>}
 */
function outcome(page, call) {
  return page.evaluate(`(${call}).then(() => "ok", (error) => error.code ?? String(error))`);
}

const OK = "lens.classify(text)";
const LONG = "lens.classify(`${text} `.repeat(300))";

/** @param {Worker | undefined} worker */
async function breakIt(worker) {
  await worker
    ?.evaluate(
      () =>
        void setTimeout(() => {
          throw new Error("boom");
        }),
    )
    .catch(() => {});
}

/** Failures of one call: the call after it is as good as the one before. */
const FAILURES = /** @type {[string, string][]} */ ([
  ["text-empty", `lens.classify("")`],
  ["text-too-short", `lens.classify("a")`],
  ["text-no-words", `lens.classify("!!! ??? … — !!! ??? … — ¿? 🎬🎬")`],
  ["text-unreadable", `lens.classify("Это история о человеке, который нашёл дверь в подвале.")`],
  ["bad-argument", `lens.classify(42)`],
  ["bad-argument", `lens.classify(text, { title: {} })`],
  ["bad-argument", `lens.test(null)`],
  ["aborted", `lens.classify(text, { signal: AbortSignal.abort() })`],
  ["aborted", "lens.classify(`${text} `.repeat(300), { signal: AbortSignal.timeout(1) })"],
  ["aborted", `lens.test(text, { signal: AbortSignal.timeout(1) })`],
]);

test("ok, fail, ok: whatever fails, the next call works, and is not delayed by it", async () => {
  const { page, problems, close } = await openLens();
  for (const [code, call] of FAILURES) {
    assert.equal(await outcome(page, call), code, call);
    assert.equal(await outcome(page, OK), "ok", `after ${call}`);
  }
  const all = FAILURES.flatMap(([, call]) => [call, OK]);
  const codes = await Promise.all(all.map((call) => outcome(page, call)));
  assert.deepEqual(
    codes,
    FAILURES.flatMap(([code]) => [code, "ok"]),
  );
  assert.equal(page.workers().length, 1);
  assert.deepEqual(problems, []);
  await close();
});

test("a worker that hangs is replaced, and the text is read all the same", async () => {
  const { page, close } = await openLens({ silence: 20_000 });
  const [worker] = page.workers();
  await worker?.evaluate(
    () =>
      void setTimeout(() => {
        for (;;);
      }),
  );
  assert.equal(await outcome(page, OK), "ok");
  // Chromium gives a worker that is ended in the midst of a loop two seconds.
  while (page.workers().length > 1) await page.waitForTimeout(100);
  await close();
});

test("a text that breaks two workers is given up with a reason; the next text is read", async () => {
  const { page, close } = await openLens();
  const pending = page.evaluate(
    `(${LONG}).then(() => "ok", (error) => error.code + ": " + error.message)`,
  );
  const [first] = page.workers();
  const second = page.waitForEvent("worker");
  await breakIt(first);
  await breakIt(await second);
  assert.match(String(await pending), /^worker-lost: .* twice .* Your text is safe; .*\.$/);
  assert.equal(await outcome(page, OK), "ok");
  await close();
});

test("a worker that broke while nothing was asked costs the next question only time", async () => {
  const { page, close } = await openLens();
  await breakIt(page.workers()[0]);
  await page.waitForFunction(() => true);
  assert.equal(await outcome(page, "lens.keywordsReady.then(() => lens.classify(text))"), "ok");
  await close();
});

test(
  "a worker that broke is replaced without a network, from what the browser has stored",
  { skip: stage.server === null },
  async () => {
    const caching = await setUpStage({ cacheControl: "max-age=600" });
    const { page } = await openLens({}, caching);
    await caching.server?.close();
    await breakIt(page.workers()[0]);
    // A browser's private window stores no file as large as DistilBERT's.
    assert.equal(await outcome(page, "lens.classifyKeywords(text)"), "ok");
    assert.equal(await outcome(page, "fetch('not-stored')"), "TypeError: Failed to fetch");
    await caching.close();
  },
);

/** Failures of loading: each is told by its code, and the next try finds a server that has recovered. */
const LOADING = /** @type {[string, string, import("./support/server.mjs").Fault["kind"]][]} */ ([
  ["http-status", "model/keywords.bin", "missing"],
  ["network", "model/keywords.bin", "hang-up"],
  ["model-damaged", "model/keywords.bin", "flipped"],
  ["http-status", "model/manifest.json", "missing"],
  ["manifest-invalid", "model/manifest.json", "truncated"],
  ["worker-lost", "engine/worker.js", "missing"],
]);

test("ok, fail, ok of loading", { skip: stage.server === null }, async () => {
  const { page, close } = await openLens();
  await page.evaluate(
    `globalThis.fresh = () => import(new URL("../plotlens.js", location.href).href).then(({ PlotLens }) => PlotLens.load()).then((lens) => lens.classify(text).finally(() => lens.close()))`,
  );
  for (const [code, name, kind] of LOADING) {
    stage.server?.spoil(name, { kind });
    const got = await outcome(page, "fresh()");
    stage.server?.heal();
    assert.equal(got, code, `${name} ${kind}`);
    assert.equal(await outcome(page, "fresh()"), "ok", `after ${name} ${kind}`);
    assert.equal(await outcome(page, OK), "ok", "the other PlotLens is not touched");
  }
  assert.equal(page.workers().length, 1);
  await close();
});
