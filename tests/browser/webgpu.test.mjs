import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { ADAPTER, sabotaged } from "./support/gpu.mjs";
import { answered, bothModelsReady, paste, read, setUpStage } from "./support/stage.mjs";
import { PLAIN } from "./support/texts.mjs";

/** @import { Page, Worker } from "playwright-core" */
/** @import { PlotLens } from "../../www/plotlens.js" */

const stage = await setUpStage({
  args: ADAPTER,
  cacheControl: "public, max-age=3600",
});
after(() => stage.close());

/** The texts of the page's example file, about 60 words each. */
const PLOTS = readFileSync(new URL("../../www/evaluate/example.csv", import.meta.url), "utf8")
  .split("\n")
  .slice(1)
  .flatMap((line) => line.match(/"([^"]{80,})"\r?$/)?.[1] ?? []);

/** A hundred texts from a few words to more than two windows. */
const TEXTS = Array.from({ length: 100 }, (_, i) => {
  const words = PLOTS.slice(i % PLOTS.length)
    .concat(PLOTS)
    .join(" ")
    .split(" ");
  return words.slice(0, Math.round(6 * 73 ** ((i / 99) ** 4))).join(" ");
});

/** A page of the same origin without the app, whose worker obeys `sabotage`. */
const bare = (from = "") =>
  stage.open({ path: "fonts/LICENSE-Literata.txt", before: sabotaged(from) });

/**
 * Runs a function in the page with the PlotLens class and the plain text.
 *
 * @template T
 * @param {Page} page
 * @param {(tools: { PlotLens: typeof PlotLens, text: string, texts: string[] }) => Promise<T>} run
 * @returns {Promise<T>}
 */
const inPage = (page, run) =>
  page.evaluate(`(async () => {
    await import(new URL("../engine/trusted-types.js", location.href).href);
    const { PlotLens } = await import(new URL("../plotlens.js", location.href).href);
    return (${run})({ PlotLens, text: ${JSON.stringify(PLAIN)}, texts: ${JSON.stringify(TEXTS)} });
  })()`);

/** @param {Page} page */
const onlyWorker = (page) => /** @type {Worker} */ (page.workers()[0]);

test("it gives the processor's probabilities, genres and reasons for a hundred texts", async () => {
  const { page, problems, close } = await bare();
  const outcome = await inPage(page, async ({ PlotLens, texts }) => {
    const here = await PlotLens.load({ device: "cpu" });
    const there = await PlotLens.load({ device: "webgpu" });
    let [furthest, unexplained, tokens, windows] = [0, 0, 0, 0];
    /** @type {string[]} */
    const others = [];
    for (const text of texts) {
      const [a, b] = await Promise.all([here.classify(text), there.classify(text)]);
      if (a.device !== "cpu" || b.device !== "webgpu") others.push(`${a.device} ${b.device}`);
      const chosen = (/** @type {typeof a} */ answer) =>
        answer.genres.flatMap(({ genre, distilbert }) => (distilbert?.chosen ? [genre] : []));
      if (chosen(a).sort().join() !== chosen(b).sort().join()) others.push(text);
      const byIndex = new Map(b.genres.map((genre) => [genre.index, genre.distilbert]));
      for (const { index, distilbert } of a.genres) {
        const other = byIndex.get(index);
        const difference = Number(distilbert?.probability) - Number(other?.probability);
        if (!(Math.abs(difference) <= furthest)) furthest = Math.abs(difference);
      }
      const why = b.explanations.distilbert;
      b.explanations.distilbert?.logit.forEach((logit, genre) => {
        const words = b.words.reduce((sum, word) => sum + Number(word.distilbert?.[genre]), 0);
        const parts = [why?.bias, why?.title, why?.other].map((part) => Number(part?.[genre]));
        const sum = parts.reduce((a, b) => a + b, words);
        if (!(Math.abs(sum - logit) <= unexplained)) unexplained = Math.abs(sum - logit);
      });
      tokens = Math.max(tokens, b.read.tokens);
      windows = Math.max(windows, b.read.windows);
    }
    return { furthest, unexplained, others, tokens, windows, device: there.device };
  });
  assert.deepEqual(outcome.others, []);
  assert.ok(outcome.furthest <= 2e-3, `probabilities differ by ${outcome.furthest}`);
  assert.ok(outcome.furthest > 0, "both came from the same processor");
  assert.ok(outcome.unexplained <= 1e-3, `reasons miss their logit by ${outcome.unexplained}`);
  assert.ok(outcome.tokens >= 500 && outcome.windows >= 2, JSON.stringify(outcome));
  assert.deepEqual([outcome.device?.used, outcome.device?.why], ["webgpu", "asked"]);
  assert.match(String(outcome.device?.adapter), /swiftshader/i);
  assert.deepEqual(problems, []);
  await close();
});

test("words are tested side by side, and the strongest is one that the genre is about", async () => {
  const { page, close } = await bare();
  const [here, there] = await inPage(page, async ({ PlotLens }) => {
    const text = "A ruthless gunslinger hunts the cattle thieves. He drinks some water.";
    const strongest = async (/** @type {"cpu" | "webgpu"} */ device) => {
      const lens = await PlotLens.load({ device });
      const { genres } = await lens.classify(text);
      const genre = genres.findIndex(({ genre }) => genre === "Western");
      const index = Number(genres[genre]?.index);
      const { explained, vectors, done, total } = await lens.test(text);
      const stride = explained.length * genres.length;
      const at = explained.indexOf("distilbert") * genres.length + index;
      const effects = Array.from({ length: vectors.length / stride }, (_, i) =>
        Number(vectors[i * stride + at]),
      );
      const device_ = lens.device?.used;
      lens.close();
      return { word: effects.indexOf(Math.max(...effects)), done, total, device: device_ };
    };
    return [await strongest("cpu"), await strongest("webgpu")];
  });
  assert.deepEqual([here?.device, there?.device], ["cpu", "webgpu"]);
  // Variants side by side are planned with less known, so the order of strong words may differ.
  const western = "A ruthless gunslinger hunts the cattle thieves".split(" ").length;
  assert.ok(Number(here?.word) < western && Number(there?.word) < western);
  assert.equal(there?.done, there?.total);
  await close();
});

test("the page tries it once, says that it is slower, and remembers", async () => {
  const { page, problems, close } = await stage.open();
  await bothModelsReady(page);
  await read(page, PLAIN);
  await page.getByText(/gives the same answers, within 0\.\d\d percentage points/).waitFor({
    state: "attached",
  });
  assert.match((await page.locator("#status").textContent()) ?? "", /CPU/);
  const why = page.locator("#device-why");
  assert.equal(await why.isVisible(), false);
  await page.locator("#device").click();
  assert.match(await why.innerText(), /swiftshader.*The faster one is used\./is);
  assert.equal(await page.locator("#device").innerText(), "DistilBERT runs on the processor (CPU)");

  const fetched = () => stage.server?.requests.filter((path) => /wasm\/webgpu/.test(path)).length;
  const before = fetched();
  await page.reload();
  await bothModelsReady(page);
  await read(page, PLAIN);
  await page.getByText("The faster one is used.").waitFor({ state: "attached" });
  assert.equal(fetched(), before);
  assert.deepEqual(problems, []);
  await close();
});

test("a WebGPU whose canary disagrees is not used, and the page says so", async () => {
  const { page, close } = await stage.open({ before: sabotaged("garble") });
  await bothModelsReady(page);
  await read(page, PLAIN);
  await page.getByText(/gave answers that differ by up to .* so it is not used/).waitFor({
    state: "attached",
  });
  await read(page, `${PLAIN} Again.`);
  assert.match((await page.locator("#status").textContent()) ?? "", /CPU/);
  await close();
});

test("asked for by name, a wrong one or one that cannot be opened is an error", async () => {
  for (const [from, code] of [
    ["garble", "webgpu-failed"],
    ["nan", "webgpu-failed"],
    ["flat", "webgpu-failed"],
    ["starve", "webgpu-failed"],
    ["refuse", "webgpu-unavailable"],
  ]) {
    const { page, problems, close } = await bare(from);
    const outcome = await inPage(page, async ({ PlotLens, text }) => {
      const lens = PlotLens.open({ device: "webgpu" });
      const failed = await lens.ready.then(
        () => "ok",
        (error) => error.code,
      );
      const keywords = await lens.classifyKeywords(text);
      return [failed, keywords.genres.length];
    });
    assert.deepEqual(outcome, [code, 21], from);
    assert.deepEqual(problems, [], from);
    await close();
  }
});

for (const mishap of ["destroy", "hang", "nan", "flat"]) {
  test(`the call in flight is answered by the processor: ${mishap}`, async () => {
    const { page, close } = await bare();
    await inPage(page, async ({ PlotLens }) => {
      const devices = /** @type {string[]} */ ([]);
      const lens = await PlotLens.load({
        device: "webgpu",
        onDevice: ({ used, why }) => devices.push(`${used} ${why}`),
      });
      Object.assign(self, { lens, devices });
    });
    const worker = onlyWorker(page);
    if (mishap === "destroy") {
      // In the middle of what is asked next.
      await worker.evaluate(() => {
        const submit = GPUQueue.prototype.submit;
        GPUQueue.prototype.submit = function (...rest) {
          submit.apply(this, rest);
          /** @type {any} */ (self).device.destroy();
        };
      });
    } else {
      await worker.evaluate((what) => Object.assign(self, { sabotage: what }), mishap);
    }
    const outcome = await inPage(page, async ({ PlotLens, text }) => {
      const { lens, devices } = /** @type {{ lens: PlotLens, devices: string[] }} */ (
        /** @type {unknown} */ (self)
      );
      const reference = await PlotLens.load({ device: "cpu" });
      const answers = [await lens.classify(text), await lens.classify(text)];
      const expected = await reference.classify(text);
      return {
        used: answers.map(({ device }) => device),
        same: answers.every(
          ({ genres }) => JSON.stringify(genres) === JSON.stringify(expected.genres),
        ),
        last: devices.at(-1),
      };
    });
    assert.deepEqual(outcome, { used: ["cpu", "cpu"], same: true, last: "cpu failed" });
    await close();
  });
}

test("a device that runs out of memory in the middle of a test is replaced by the processor", async () => {
  const { page, close } = await bare();
  await inPage(page, async ({ PlotLens }) => {
    Object.assign(self, { lens: await PlotLens.load({ device: "webgpu" }) });
  });
  // Variants side by side want larger buffers than the texts before.
  await onlyWorker(page).evaluate(() => Object.assign(self, { sabotage: "starve" }));
  const outcome = await inPage(page, async ({ text }) => {
    const { lens } = /** @type {{ lens: PlotLens }} */ (/** @type {unknown} */ (self));
    const { done, total } = await lens.test(text);
    return { all: done === total, why: lens.device?.why };
  });
  assert.deepEqual(outcome, { all: true, why: "failed" });
  await close();
});

test("whoever types while it reads is answered", async () => {
  const { page, close } = await bare();
  const order = await inPage(page, async ({ PlotLens, texts, text }) => {
    const lens = await PlotLens.load({ device: "webgpu" });
    /** @type {string[]} */
    const order = [];
    const long = lens.classify(/** @type {string} */ (texts.at(-1))).then(() => order.push("long"));
    await new Promise((resolve) => setTimeout(resolve, 50));
    await lens.classifyKeywords(text).then(() => order.push("keywords"));
    await long;
    return order;
  });
  assert.deepEqual(order, ["keywords", "long"]);
  await close();
});

test("the page goes on when the device is lost while somebody reads", async () => {
  const { page, problems, close } = await stage.open({ before: sabotaged() });
  await bothModelsReady(page);
  await paste(page, PLAIN);
  await answered(page);
  // It is slower here, so the page does not use it; losing it is nobody's business.
  await page.getByText("The faster one is used.").waitFor({ state: "attached" });
  const worker = page.workers().find((own) => own.url().endsWith("engine/worker.js"));
  await worker?.evaluate(() => /** @type {any} */ (self).device.destroy());
  await read(page, `${PLAIN} Once more.`);
  assert.deepEqual(problems, []);
  await close();
});
