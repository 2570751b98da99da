import { words } from "./texts.mjs";

/** @import { Stage } from "./measures.mjs" */
/** @import { Results } from "./types.js" */

/** Enough for several windows. */
const WORDS = 600;

/**
 * The longest task on the main thread of the real page while it loads and while it answers, in
 * milliseconds; browsers tell of tasks of at least 50.
 *
 * @param {Stage} stage
 * @returns {Promise<Pick<Results, "pageTasks">>}
 */
export async function pageTasks({ browser, site, starts }) {
  /** @type {{ load: number, classify: number }[]} */
  const found = [];
  for (let turn = 0; turn < starts; turn++) {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.addInitScript(() => {
      /** @type {number[]} */
      const tasks = [];
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) tasks.push(duration);
      }).observe({ type: "longtask", buffered: true });
      Object.assign(globalThis, { longest: () => Math.max(0, ...tasks.splice(0)) });
    });
    const longest = () =>
      page.evaluate(() => /** @type {any} */ (globalThis).longest()).then(Number);
    await page.goto(`${site.url}site/index.html`);
    await page.locator("#load-line[data-done]").waitFor({ state: "attached" });
    const load = await longest();
    await page.locator("#text").focus();
    await page.keyboard.insertText(words(WORDS));
    await page.locator('#answer[data-by="both"]').waitFor();
    await page.waitForTimeout(200);
    found.push({ load, classify: await longest() });
    await context.close();
  }
  return { pageTasks: found };
}
