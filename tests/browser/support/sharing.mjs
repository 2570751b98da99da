import assert from "node:assert/strict";
import { isAnswered, looksOf } from "./element.mjs";
import { UNMISTAKABLE } from "./texts.mjs";

/**
 * @typedef {object} Driven a page with two elements, #a and #b, whichever browser it is in
 * @property {(look: (given: any) => any, given?: any) => Promise<any>} evaluate
 * @property {(look: (given: any) => any, given?: any) => Promise<unknown>} until waits until it holds
 * @property {() => number} running how many workers there are now
 * @property {() => number} started how many there have been
 */

/** How long a worker may take to end, in milliseconds. */
const PATIENCE = 10_000;

/**
 * Several elements share one worker, moved or not; the last one that leaves ends it, and one that
 * comes back has a worker again.
 *
 * @param {Driven} page
 */
export async function shareOneWorker({ evaluate, until, running, started }) {
  const give = (/** @type {[string, string]} */ [selector, text]) => {
    /** @type {any} */ (document.querySelector(selector)).value = text;
  };
  await evaluate(give, ["#a", UNMISTAKABLE.War]);
  await evaluate(give, ["#b", UNMISTAKABLE.Horror]);
  await until(isAnswered, "#a");
  await until(isAnswered, "#b");
  assert.equal((await evaluate(looksOf, "#a")).names[0], "War");
  assert.equal((await evaluate(looksOf, "#b")).names[0], "Horror");
  assert.deepEqual([started(), running()], [1, 1]);

  // Moved elsewhere it keeps its answer and its worker.
  await evaluate(() => document.body.append(/** @type {Element} */ (document.querySelector("#a"))));
  assert.equal((await evaluate(looksOf, "#a")).names[0], "War");

  await evaluate(() => {
    const [b, a] = document.querySelectorAll("plot-lens");
    a?.remove();
    b?.remove();
    Object.assign(window, { left: b });
  });
  await until(() => [...CSS.highlights.values()].every((highlight) => highlight.size === 0));
  const end = performance.now() + PATIENCE;
  while (running() > 0 && performance.now() < end)
    await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual([started(), running()], [1, 0]);

  // Back on the page it has its answer still, and reads a new text with a worker of its own.
  await evaluate(() => document.body.append(/** @type {any} */ (window).left));
  assert.equal((await evaluate(looksOf, "#b")).names[0], "Horror");
  await evaluate(give, ["#b", UNMISTAKABLE.Western]);
  await until(isAnswered, "#b");
  assert.equal((await evaluate(looksOf, "#b")).names[0], "Western");
  assert.deepEqual([started(), running()], [2, 1]);
}
