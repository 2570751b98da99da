import { dot, link } from "../vendor/plot.js";
import { picture } from "./charts.js";
import { sortable } from "./dom.js";

/** @import { ModelDecisions, Summary } from "./types.js" */

/** What became of a genre in a row. @type {[key: "tp" | "fp" | "fn" | "tn", name: string][]} */
const OUTCOMES = [
  ["tp", "there, chosen"],
  ["fp", "chosen only"],
  ["fn", "there only"],
  ["tn", "neither"],
];

/**
 * One column of numbers by what became of a genre: boxes from the first quartile to the third with
 * a dot at the median, and lines from 5 % to 95 % of the rows.
 *
 * @param {string} column
 * @param {string} genre
 * @param {ModelDecisions["numbers"][number][number] | undefined} numbers
 */
export function outcomeChart(column, genre, numbers) {
  const all = OUTCOMES.map(([key, name]) => ({ name, .../** @type {Summary} */ (numbers?.[key]) }));
  const there = all.filter(({ n }) => n > 0);
  const own = { y: "name", stroke: "currentColor" };
  const marks = [
    link(there, { ...own, x1: "low", x2: "high", strokeWidth: 1.5 }),
    link(there, { ...own, x1: "q1", x2: "q3", strokeWidth: 16, strokeOpacity: 0.35 }),
    dot(there, { ...own, x: "median", r: 3.5, fill: "currentColor" }),
  ];
  const options = {
    marks,
    height: 190,
    marginLeft: 92,
    x: { label: column, nice: true, tickFormat: String },
    y: { domain: OUTCOMES.map(([, name]) => name), label: null, type: "point", padding: 0.5 },
  };
  const heads = ["Rows", "5 %", "25 %", "Median", "75 %", "95 %"];
  const columns = [{ name: genre }, ...heads.map((name) => ({ name, number: true }))];
  const rows = all.map(({ name, n = 0, low, q1, median, q3, high }) => [
    { value: name },
    { value: n },
    ...[low, q1, median, q3, high].map((value = 0) => ({ value, cell: n > 0 ? short(value) : "" })),
  ]);
  const title = `${column} by what became of ${genre}`;
  return picture(title, options, sortable(title, columns, rows));
}

/** @param {number} value */
const short = (value) => String(Math.round(value * 100) / 100);
