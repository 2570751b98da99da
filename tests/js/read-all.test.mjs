import assert from "node:assert/strict";
import { test } from "node:test";
import { readAll } from "../../www/evaluate/read-all.js";

/** @import { Job } from "../../www/engine/types.js" */

/**
 * A job of so many windows, which are numbered from 10 times its own number.
 *
 * @param {number} number
 * @param {number} windows
 */
function jobOf(number, windows) {
  /** @type {string[]} what became of each window */
  const log = [];
  const job = /** @type {Job} */ (
    /** @type {unknown} */ ({
      step: () => log.push("read") === windows,
      nextWindow: () =>
        log.length < windows ? new Uint32Array([10 * number + log.length]) : undefined,
      takeWindow: (/** @type {Float32Array} */ [value]) => log.push(`took ${value}`) === windows,
    })
  );
  return { job, log };
}

test("each text gets the answers to its own windows, until a graphics processor fails", async () => {
  const jobs = [jobOf(1, 1), jobOf(2, 3), jobOf(3, 2)];
  /** @type {number[]} */
  const together = [];
  const graphics = {
    inUse: true,
    /** @param {Uint32Array[]} windows */
    async run(windows) {
      together.push(windows.length);
      graphics.inUse = together.length < 2;
      return graphics.inUse ? windows.map((ids) => Float32Array.from(ids)) : null;
    },
  };
  await readAll(
    jobs.map(({ job }) => job),
    graphics,
  );
  assert.deepEqual(together, [3, 2]);
  assert.deepEqual(
    jobs.map(({ log }) => log),
    [["took 10"], ["took 20", "read", "read"], ["took 30", "read"]],
  );
});

test("without one the processor reads them, and no texts are nothing", async () => {
  const { job, log } = jobOf(1, 2);
  const graphics = { inUse: false, run: () => assert.fail("nothing is there to run it") };
  await readAll([], graphics);
  await readAll([job], graphics);
  assert.deepEqual(log, ["read", "read"]);
});
