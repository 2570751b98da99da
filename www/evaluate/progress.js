import { counted, timeLeft, whole } from "../page/format.js";
import { make } from "./dom.js";

/** @import { Progress } from "./types.js" */

/** Skipped lines that are shown. */
const SHOWN = 100;

/**
 * How far it is, in a line.
 *
 * @param {Progress} progress
 */
export function progressLine({ rows, done, rate, state }) {
  const speed =
    rate === null ? "" : ` · ${rate < 10 ? rate.toFixed(1) : Math.round(rate)} rows a second`;
  const left =
    rate === null ? "" : ` · ${timeLeft(Math.max(1, Math.round((rows - done) / rate)))} left`;
  return {
    reading: `Reading: ${counted(rows, "row", "rows")} so far`,
    scoring: `${whole(done)} of ${counted(rows, "row", "rows")}${speed || " · loading the models"}${left}`,
    paused: `Paused at ${whole(done)} of ${counted(rows, "row", "rows")}; the report is of those.`,
    done: `${counted(done, "row", "rows")} scored${speed}`,
  }[state];
}

/**
 * What could not be read of a file, to be unfolded.
 *
 * @param {Progress["problems"]} problems
 */
export function problemLists({ skipped, skippedCount, unknown }) {
  const lists = [];
  if (skippedCount > 0) {
    const items = skipped
      .slice(0, SHOWN)
      .map(({ line, why }) => make("li", {}, `Line ${line}: ${why}`));
    const rest = skippedCount - items.length;
    if (rest > 0) items.push(make("li", {}, `${whole(rest)} more`));
    lists.push(unfolding("skipped", `${counted(skippedCount, "row", "rows")} left out`, items));
  }
  if (unknown.length > 0) {
    const items = unknown.map(([name, times]) =>
      make("li", {}, make("bdi", {}, name), ` (${counted(times, "row", "rows")})`),
    );
    const names = counted(unknown.length, "genre name", "genre names");
    lists.push(unfolding("unknown", `${names} that the models do not know`, items));
  }
  return lists;
}

/**
 * @param {string} id
 * @param {string} summary
 * @param {HTMLElement[]} items
 */
function unfolding(id, summary, items) {
  return make(
    "details",
    { className: "problems", id },
    make("summary", {}, summary),
    make("ul", {}, ...items),
  );
}
