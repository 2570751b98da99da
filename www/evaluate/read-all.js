/** @import { Graphics } from "../engine/graphics.js" */
/** @import { Job } from "../engine/types.js" */

/**
 * Reads texts to their ends, a window of each side by side where a graphics processor is in use.
 *
 * @param {Job[]} jobs
 * @param {Pick<Graphics, "inUse" | "run">} graphics
 */
export async function readAll(jobs, graphics) {
  for (let left = jobs; left.length > 0;) {
    const windows = graphics.inUse ? left.flatMap((job) => job.nextWindow() ?? []) : [];
    const values = windows.length > 0 ? await graphics.run(windows) : null;
    left = left.filter((job, i) => {
      const own = values?.[i];
      return own === undefined ? !job.step() : !job.takeWindow(own);
    });
  }
}
