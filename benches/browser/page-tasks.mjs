import { words } from "./texts.mjs";

/** @import { Stage } from "./measures.mjs" */
/** @import { Results } from "./types.js" */

/** Enough for several windows. */
const WORDS = 600;

/**
 * The longest task on the main thread of a trace, in milliseconds: as the clock has it, and
 * what it kept the processor busy for, which others that want it do not prolong.
 *
 * @param {Buffer} trace
 */
function longest(trace) {
  /** @type {{ traceEvents: any[] }} */
  const { traceEvents } = JSON.parse(trace.toString());
  const thread = (/** @type {any} */ { pid, tid }) => `${pid}/${tid}`;
  const main = new Set(
    traceEvents
      .filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain")
      .map(thread),
  );
  const tasks = traceEvents.filter(
    (event) => main.has(thread(event)) && event.name.endsWith("RunTask") && "tdur" in event,
  );
  if (tasks.length === 0) throw new Error("This browser's trace tells no task's processor time.");
  const most = (/** @type {"dur" | "tdur"} */ duration) =>
    Math.max(...tasks.map((task) => task[duration])) / 1000;
  return { clock: most("dur"), processor: most("tdur") };
}

/**
 * The longest tasks on the main thread of the real page while it loads and while it answers.
 *
 * @param {Stage} stage
 * @returns {Promise<Pick<Results, "pageTasks">>}
 */
export async function pageTasks({ browser, site, starts }) {
  /** @type {NonNullable<Results["pageTasks"]>} */
  const found = [];
  for (let turn = 0; turn < starts; turn++) {
    const context = await browser.newContext();
    const page = await context.newPage();
    const traced = async (/** @type {() => Promise<void>} */ work) => {
      await browser.startTracing(page, { categories: ["toplevel"] });
      await work();
      await page.waitForTimeout(200);
      return longest(await browser.stopTracing());
    };
    const load = await traced(async () => {
      await page.goto(`${site.url}site/index.html`);
      await page.locator("#load-line[data-done]").waitFor({ state: "attached" });
    });
    const classify = await traced(async () => {
      await page.locator("#text").focus();
      await page.keyboard.insertText(words(WORDS));
      await page.locator('#answer[data-by="both"]').waitFor();
    });
    found.push({ load, classify });
    await context.close();
  }
  return { pageTasks: found };
}
