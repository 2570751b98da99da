import assert from "node:assert/strict";
import { test } from "node:test";
import { differences, secondOpinion } from "../../www/page/check.js";

/** @import { Answer } from "../../www/engine/types.js" */

/**
 * @param {Record<string, [number, boolean]>} genres
 * @param {number} total
 */
function answer(genres, total) {
  const rows = Object.entries(genres).map(([genre, [probability, chosen]]) => ({
    genre,
    distilbert: { probability, chosen },
  }));
  return /** @type {Answer} */ (/** @type {unknown} */ ({ genres: rows, timings: { total } }));
}

const OURS = answer({ War: [0.2, false], Drama: [0.9, true], Crime: [0.4, true] }, 12);

test("genres are matched by name, and the largest difference is told", () => {
  const theirs = answer({ Crime: [0.41, true], War: [0.2, false], Drama: [0.8985, true] }, 250);
  const rows = differences(OURS, theirs);
  assert.deepEqual(
    rows.map(({ genre, theirs }) => [genre, theirs]),
    [
      ["Drama", 0.8985],
      ["Crime", 0.41],
      ["War", 0.2],
    ],
  );
  assert.equal(
    secondOpinion(rows, OURS, theirs),
    "Both choose the same genres; the largest difference is 1.00 percentage points. It took 12\u202fms here, 250\u202fms in tract.",
  );
});

test("another choice is said", () => {
  const theirs = answer({ Crime: [0.3, false], War: [0.2, false], Drama: [0.9, true] }, 1);
  assert.match(
    secondOpinion(differences(OURS, theirs), OURS, theirs),
    /^They do not choose the same/,
  );
});
