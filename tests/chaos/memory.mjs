/** @import { Page } from "playwright-core" */

/**
 * What the page holds after its rubbish was collected. Its workers have heaps of their own, which the
 * processes' sizes tell of.
 *
 * @param {Page} page
 */
export async function pageMemory(page) {
  const session = await page.context().newCDPSession(page);
  try {
    await session.send("HeapProfiler.collectGarbage");
    const { usedSize } = await session.send("Runtime.getHeapUsage");
    const { nodes, jsEventListeners } = await session.send("Memory.getDOMCounters");
    return { heap: usedSize, nodes, listeners: jsEventListeners };
  } finally {
    await session.detach().catch(() => {});
  }
}

/**
 * Whether a series grew: the median of its last third against that of its first, which holds what is
 * only filled once.
 *
 * @param {number[]} series
 */
export function growth(series) {
  const third = Math.floor(series.length / 3);
  const median = (/** @type {number[]} */ part) =>
    part.toSorted((a, b) => a - b)[part.length >> 1] ?? 0;
  return { early: median(series.slice(0, third)), late: median(series.slice(-third)) };
}
