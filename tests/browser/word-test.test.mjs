import assert from "node:assert/strict";
import { after, test } from "node:test";
import { painted, read, seen, setUpStage } from "./support/stage.mjs";
import { PLAIN } from "./support/texts.mjs";

/** @import { Page } from "playwright-core" */

const stage = await setUpStage();
after(() => stage.close());

const TESTED = "Show what adds up";

/** @param {Page} page */
const tested = (page) => page.getByRole("button", { name: TESTED }).waitFor();

test("words are tested from the keyboard, painted anew, and the sum comes back", async () => {
  const { page, problems, close } = await stage.open();
  await read(page, PLAIN);
  const before = await painted(page);
  await page.getByRole("button", { name: "Test these words" }).focus();
  await page.keyboard.press("Enter");
  await tested(page);
  assert.match(String(await page.locator("#legend-model").textContent()), /as tested$/);
  assert.notDeepEqual(await painted(page), before);
  assert.equal(await page.getByRole("progressbar", { name: "Words tested" }).count(), 0);
  await page.keyboard.press("Enter");
  assert.deepEqual(await painted(page), before);
  assert.deepEqual(problems, []);
  await close();
});

test("a test can be stopped, and typing ends it and is answered", async () => {
  const { page, problems, close } = await stage.open();
  await read(page, PLAIN.repeat(6));
  const before = await painted(page);
  await page.getByRole("button", { name: "Test these words" }).click();
  await page.getByRole("button", { name: "Stop" }).click();
  assert.equal(await page.locator("#test-note").textContent(), "Stopped.");
  assert.deepEqual(await painted(page), before);
  await page.getByRole("button", { name: "Test these words" }).click();
  await read(page, PLAIN);
  assert.equal(await page.locator("#test-note").textContent(), "");
  assert.ok((await seen(page)).rows.some(({ chosen }) => chosen));
  assert.deepEqual(problems, []);
  await close();
});

test("what a test tells is what the same text without the words says", async () => {
  const { page, close } = await stage.open();
  await read(page, PLAIN);
  const { coarse, total, sums } = await page.evaluate(async (text) => {
    const { PlotLens } = await import(String(new URL("plotlens.js", document.baseURI)));
    const lens = await PlotLens.load();
    /** @type {number[]} */
    const coarse = [];
    const found = await lens.test(text, {
      onFound: (/** @type {{ done: number }} */ { done }) => coarse.push(done),
    });
    const whole = await lens.classify(text);
    const size = whole.genres.length;
    const at = found.explained.indexOf("distilbert");
    const genre = whole.genres[0].index;
    const effect = (/** @type {number} */ word) =>
      found.vectors[(word * found.explained.length + at) * size + genre];
    const words = whole.words.map((/** @type {unknown} */ _, /** @type {number} */ i) => i);
    words.sort((/** @type {number} */ a, /** @type {number} */ b) => effect(b) - effect(a));
    const sums = [];
    for (const gone of [words.slice(0, 8), words.slice(-8)]) {
      let left = text;
      for (const word of gone.toSorted(
        (/** @type {number} */ a, /** @type {number} */ b) => b - a,
      )) {
        const { start, end } = whole.words[word];
        left = `${left.slice(0, start)} ${left.slice(end)}`;
      }
      const { explanations } = await lens.classify(left);
      sums.push(whole.explanations.distilbert.logit[genre] - explanations.distilbert.logit[genre]);
    }
    lens.close();
    return { coarse, total: found.total, sums };
  }, PLAIN);
  // Without its strongest words a genre loses, without those against it it does not.
  const [strongest, weakest] = sums.map(Number);
  assert.ok(Number(strongest) > 0.5 && Number(strongest) > Number(weakest) + 0.5, String(sums));
  assert.ok(Math.max(...coarse) <= total && coarse.every((done, i) => done > (coarse[i - 1] ?? 0)));
  await close();
});
