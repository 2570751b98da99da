import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setUpStage } from "./support/stage.mjs";

/** @import { Page } from "playwright-core" */

const stage = await setUpStage();
after(() => stage.close());

/** What Core Web Vitals call good, to be kept by far. */
const LITTLE_SHIFT = 0.02;

/**
 * Opens a view whose scripts come only when they are let through.
 *
 * @param {string} path
 */
async function openSlowly(path) {
  /** @type {() => void} */
  let letThrough = () => {};
  const gate = new Promise((resolve) => (letThrough = () => resolve(null)));
  const opened = await stage.open({
    path: "blank",
    before: (page) =>
      page.route(/\/(views|view)\.js$/, async (route) => {
        await gate;
        await route.continue();
      }),
  });
  await opened.page.goto(stage.url + path, { waitUntil: "commit" });
  await opened.page.locator("#about").waitFor();
  return { ...opened, letThrough };
}

/**
 * How far things have moved since the page was opened, as browsers score it.
 *
 * @param {Page} page
 * @returns {Promise<number>}
 */
function shift(page) {
  return page.evaluate(
    () =>
      new Promise((resolve) => {
        let sum = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) sum += /** @type {any} */ (entry).value;
        }).observe({ type: "layout-shift", buffered: true });
        requestAnimationFrame(() => setTimeout(() => resolve(sum), 100));
      }),
  );
}

for (const [path, shown, other] of [
  ["#evaluate", "#evaluate", "main"],
  ["", "main", "#evaluate"],
]) {
  test(`opened at “${path}”, the page shows that view from the start, and nothing moves`, async () => {
    const { page, problems, letThrough, close } = await openSlowly(String(path));
    const isShown = (/** @type {string | undefined} */ selector) =>
      page.locator(String(selector)).evaluate((view) => getComputedStyle(view).display !== "none");
    assert.deepEqual([await isShown(shown), await isShown(other)], [true, false]);
    letThrough();
    await page.locator(".views [aria-current]").waitFor();
    if (shown === "#evaluate")
      await page.getByRole("button", { name: "Try the example" }).waitFor();
    const moved = await shift(page);
    assert.ok(moved < LITTLE_SHIFT, `${moved}`);
    assert.deepEqual(problems, []);
    await close();
  });
}
