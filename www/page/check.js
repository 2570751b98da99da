import { duration } from "./format.js";

/** @import { Answer } from "../engine/types.js" */

/**
 * DistilBERT's probabilities by two engines, the first one's most probable genre first.
 *
 * @param {Answer} ours
 * @param {Answer} theirs
 */
export function differences(ours, theirs) {
  const second = new Map(theirs.genres.map(({ genre, distilbert }) => [genre, distilbert]));
  return ours.genres
    .flatMap(({ genre, distilbert }) => {
      const other = second.get(genre);
      if (!distilbert || !other) return [];
      const chosen = { ours: distilbert.chosen, theirs: other.chosen };
      return [{ genre, ours: distilbert.probability, theirs: other.probability, chosen }];
    })
    .sort((a, b) => b.ours - a.ours);
}

/**
 * What the comparison comes to.
 *
 * @param {ReturnType<typeof differences>} rows
 * @param {Answer} ours
 * @param {Answer} theirs
 */
export function secondOpinion(rows, ours, theirs) {
  const largest = Math.max(0, ...rows.map((row) => Math.abs(row.ours - row.theirs)));
  const same = rows.every(({ chosen }) => chosen.ours === chosen.theirs);
  const genres = same ? "Both choose the same genres" : "They do not choose the same genres";
  const points = (largest * 100).toFixed(2);
  const times = `${duration(ours.timings.total)} here, ${duration(theirs.timings.total)} in tract`;
  return `${genres}; the largest difference is ${points} percentage points. It took ${times}.`;
}
