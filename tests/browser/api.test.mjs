import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { setUpStage } from "./support/stage.mjs";
import { PLAIN } from "./support/texts.mjs";

/** @import { Page } from "playwright-core" */
/** @import { PlotLens } from "../../www/plotlens.js" */

const stage = await setUpStage({ prefix: "/some/sub-path/" });
after(() => stage.close());

const manifest = JSON.parse(
  readFileSync(new URL("../../www/model/manifest.json", import.meta.url), "utf8"),
);
/** @type {{ path: string, bytes: number }} */
const biggest = manifest.files.toSorted(
  (/** @type {{ bytes: number }} */ a, /** @type {{ bytes: number }} */ b) => b.bytes - a.bytes,
)[0];

/** A page of the same origin without the app, so that its worker is the only one. */
const bare = () => stage.open({ path: "fonts/LICENSE-Literata.txt" });

/**
 * Runs a function in the page with the PlotLens class and the plain text.
 *
 * @template T
 * @param {Page} page
 * @param {(tools: { PlotLens: typeof PlotLens, text: string, code: (promise: Promise<unknown>) => Promise<string> }) => Promise<T>} run
 * @returns {Promise<T>}
 */
async function inPage(page, run) {
  return page.evaluate(
    `(async () => {
      await import(new URL("../engine/trusted-types.js", location.href).href);
      const { PlotLens } = await import(new URL("../plotlens.js", location.href).href);
      const code = (promise) => promise.then(() => "ok", (error) => error.code ?? String(error));
      return (${run})({ PlotLens, code, text: ${JSON.stringify(PLAIN)} });
    })()`,
  );
}

test("ok, fail, ok on one instance; calls at once do not mix", async () => {
  const { page, problems, close } = await bare();
  const result = await inPage(page, async ({ PlotLens, text, code }) => {
    const lens = await PlotLens.load();
    const codes = [];
    for (const plot of [text, "", text]) codes.push(await code(lens.classify(plot)));
    codes.push(await code(lens.classify(/** @type {string} */ (/** @type {unknown} */ (42)))));
    const both = await Promise.all([
      lens.classify(text),
      code(lens.classify("   ")),
      lens.classifyKeywords("A sheriff rides."),
      lens.classify("Two boxers fight for a title."),
    ]);
    lens.close();
    codes.push(await code(lens.classify(text)));
    return {
      codes,
      words: [both[0].words.length, both[1], both[2].words.length, both[3].words.length],
    };
  });
  assert.deepEqual(result.codes, ["ok", "text-empty", "ok", "bad-argument", "closed"]);
  assert.deepEqual(result.words, [49, "text-empty", 3, 6]);
  assert.deepEqual(problems, []);
  await close();
});

test("an answer has what is promised, and adds up", async () => {
  const { page, close } = await bare();
  const result = await inPage(page, async ({ PlotLens, text }) => {
    /** @type {string[]} */
    const phases = [];
    /** @type {{ loaded: number, total: number }[]} */
    const counts = [];
    const lens = await PlotLens.load({
      onProgress: ({ phase, model, loaded, total }) => {
        phases.push(`${model} ${phase}`);
        counts.push({ loaded, total });
      },
    });
    const answer = await lens.classify(text, { title: "Nothing Behind the Door" });
    const keywords = await lens.classifyKeywords(text);
    lens.close();
    const errors = answer.genres.flatMap(({ index }) =>
      /** @type {const} */ (["blend", "distilbert", "keywords"]).map((model) => {
        const explanation = answer.explanations[model];
        if (explanation === null) return 1;
        const words = answer.words.reduce((sum, word) => sum + Number(word[model]?.[index]), 0);
        const { bias, title, other } = explanation;
        const parts = [bias, title, other].map((part) => Number(part[index]));
        const sum = parts.reduce((a, b) => a + b, words);
        return Math.abs(sum - Number(explanation.logit[index]));
      }),
    );
    return {
      phases,
      counts,
      worst: Math.max(...errors),
      model: answer.model,
      device: answer.device,
      total: answer.timings.total,
      words: answer.words.map(({ start, end }) => text.slice(start, end)),
      keywordModel: keywords.model,
      noDistilbert: keywords.words.every(({ distilbert }) => distilbert === null),
      order: answer.genres.map(({ index }) => index).sort((a, b) => a - b),
    };
  });
  assert.ok(result.worst < 2e-4, String(result.worst));
  assert.deepEqual(
    [result.model, result.device, result.keywordModel],
    ["blend", "cpu", "keywords"],
  );
  assert.ok(result.total > 0 && result.noDistilbert);
  assert.deepEqual(result.words, PLAIN.match(/[\p{L}’]+/gu));
  assert.deepEqual(result.order, [...Array(21).keys()]);
  assert.equal(result.phases.at(-1), "distilbert ready");
  assert.ok(result.phases.indexOf("keywords ready") < result.phases.indexOf("distilbert download"));
  /** @type {number} */
  const total = manifest.files.reduce(
    (/** @type {number} */ sum, /** @type {{ bytes: number }} */ file) => sum + file.bytes,
    0,
  );
  assert.ok(result.counts.every((count) => count.total === total));
  assert.equal(result.counts.at(-1)?.loaded, total);
  await close();
});

test("an aborted answer is over at once, and the next call works", async () => {
  const { page, close } = await bare();
  const result = await inPage(page, async ({ PlotLens, text, code }) => {
    const lens = await PlotLens.load();
    const controller = new AbortController();
    const long = code(lens.classify(`${text} `.repeat(100), { signal: controller.signal }));
    await new Promise((resolve) => setTimeout(resolve, 30));
    controller.abort();
    const codes = [await long, await code(lens.classify(text, { signal: controller.signal }))];
    const next = await lens.classify(text);
    lens.close();
    return { codes, words: next.words.length };
  });
  assert.deepEqual(result, { codes: ["aborted", "aborted"], words: 49 });
  await close();
});

test("a title is read, an empty one is none, and what is no title is refused", async () => {
  const { page, close } = await bare();
  const result = await inPage(page, async ({ PlotLens, text }) => {
    const lens = await PlotLens.load();
    /** @param {unknown} title */
    const ask = async (title) => {
      const answer = await lens.classify(text, { title: /** @type {string} */ (title) });
      const western = answer.genres.find(({ genre }) => genre === "Western");
      return { western: Number(western?.probability), cut: answer.read.titleIsCut };
    };
    const found = {
      none: await ask(undefined),
      blank: await ask("  "),
      some: await ask("Gunsmoke Ranch"),
      long: await ask("Ranch ".repeat(50)),
      bad: await ask(7).catch((error) => error.code),
    };
    lens.close();
    return found;
  });
  assert.deepEqual(result.blank, result.none);
  assert.ok(result.some.western > result.none.western);
  assert.ok(result.long.cut && !result.some.cut && !result.none.cut);
  assert.equal(result.bad, "bad-argument");
  await close();
});

test("keyword questions are answered between the windows of a long text", async () => {
  const { page, close } = await bare();
  const order = await inPage(page, async ({ PlotLens, text }) => {
    const lens = await PlotLens.load();
    /** @type {string[]} */
    const done = [];
    const long = lens.classify(`${text} `.repeat(60)).then(() => done.push("long"));
    await new Promise((resolve) => setTimeout(resolve, 1));
    const short = lens.classifyKeywords(text).then(() => done.push("keywords"));
    await Promise.all([long, short]);
    lens.close();
    return done;
  });
  assert.deepEqual(order, ["keywords", "long"]);
  await close();
});

test(
  "a load that is aborted, or fails, leaves nothing behind",
  { skip: stage.server === null },
  async () => {
    const { page, close } = await bare();
    const name = `model/${biggest.path}`;
    stage.server?.spoil(name, { kind: "slow", bytesPerSecond: biggest.bytes / 20 });
    const aborted = await inPage(page, async ({ PlotLens, text, code }) => {
      const controller = new AbortController();
      const lens = PlotLens.open({ signal: controller.signal });
      await lens.keywordsReady;
      const early = await lens.classifyKeywords(text);
      setTimeout(() => controller.abort(), 200);
      const codes = [await code(lens.ready), await code(lens.ready)];
      Object.assign(globalThis, { lens });
      const again = new AbortController();
      setTimeout(() => again.abort(), 200);
      codes.push(await code(PlotLens.load({ signal: again.signal })));
      return { codes, words: early.words.length };
    });
    assert.deepEqual(aborted, { codes: ["aborted", "aborted", "aborted"], words: 49 });

    stage.server?.spoil(name, { kind: "missing" });
    const failed = await inPage(page, async ({ code }) => {
      const { lens } = /** @type {{ lens: PlotLens }} */ (/** @type {unknown} */ (globalThis));
      return code(lens.retry());
    });
    assert.equal(failed, "http-status");

    stage.server?.heal();
    const words = await inPage(page, async ({ text }) => {
      const { lens } = /** @type {{ lens: PlotLens }} */ (/** @type {unknown} */ (globalThis));
      return (await lens.classify(text)).words.length;
    });
    assert.equal(words, 49);
    await close();
  },
);

test("a worker that breaks is replaced, and what was asked is asked once more", async () => {
  const { page, close } = await bare();
  await inPage(page, async ({ PlotLens, text }) => {
    const lens = await PlotLens.load();
    await lens.classify(text);
    Object.assign(globalThis, { lens });
  });
  const [worker] = page.workers();
  const pending = inPage(page, async ({ text, code }) => {
    const { lens } = /** @type {{ lens: PlotLens }} */ (/** @type {unknown} */ (globalThis));
    return Promise.all([1, 2].map(() => code(lens.classify(`${text} `.repeat(2000)))));
  });
  await worker?.evaluate(
    () =>
      void setTimeout(() => {
        throw new Error("boom");
      }),
  );
  assert.deepEqual(await pending, ["ok", "ok"]);
  const next = await inPage(page, async ({ text, code }) => {
    const { lens } = /** @type {{ lens: PlotLens }} */ (/** @type {unknown} */ (globalThis));
    return [await code(lens.classify("")), await code(lens.classify(text))];
  });
  assert.deepEqual(next, ["text-empty", "ok"]);
  assert.equal(page.workers().length, 1);
  await close();
});

test("a device that is not there is refused by name", async () => {
  const { page, close } = await bare();
  const codes = await inPage(page, async ({ PlotLens, code, text }) => {
    const lens = PlotLens.open({ device: "webgpu" });
    return [
      await code(lens.ready),
      await code(lens.classifyKeywords(text)),
      await code(lens.classify(text)),
      await code(PlotLens.load({ device: "webgpu" })),
    ];
  });
  assert.deepEqual(codes, ["webgpu-unavailable", "ok", "webgpu-unavailable", "webgpu-unavailable"]);
  await close();
});
