import { dot, line, link, plot } from "../vendor/plot.js";
import { make, sortable } from "./dom.js";
import { NAMES, three } from "./report.js";

/** @import { Curves } from "./types.js" */

/** How each model's line is drawn, so that hue is never alone. @type {Record<string, string>} */
const DASHES = { distilbert: "6,3", keywords: "1.5,3", blend: "none" };

/**
 * A picture with the numbers behind it.
 *
 * @param {string} title
 * @param {Parameters<typeof plot>[0]} options
 * @param {HTMLElement} table
 */
export function picture(title, options, table) {
  const svg = plot({
    width: 420,
    height: 340,
    marginLeft: 44,
    marginBottom: 40,
    grid: true,
    x: { domain: [0, 1] },
    y: { domain: [0, 1] },
    ariaLabel: title,
    ...options,
  });
  // Our policy refuses style elements; evaluate.css says what it would have said.
  svg.querySelector("style")?.remove();
  svg.setAttribute("class", "chart");
  svg.setAttribute("role", "img");
  const numbers = make("details", {}, make("summary", {}, "The numbers"), table);
  return make("figure", {}, make("figcaption", {}, title), svg, numbers);
}

/**
 * Does a probability mean what it says? On the diagonal it does.
 *
 * @param {Curves} curves
 * @param {string[]} genres
 * @param {number | null} genre null for all of them
 */
export function reliabilityChart({ models }, genres, genre) {
  const points = models.flatMap((own) =>
    (genre === null ? own.reliability : (own.reliabilityOf[genre] ?? [])).map((bin) => ({
      ...bin,
      model: own.model,
    })),
  );
  const columns = [
    { name: "Model" },
    ...["Said", "Found", "Rows"].map((name) => ({ name, number: true })),
  ];
  const rows = points.map(({ model, said, found, n }) => [
    { value: NAMES[model] ?? model },
    { value: said, cell: three(said) },
    { value: found, cell: three(found) },
    { value: n },
  ]);
  const marks = [
    link([{}], { x1: 0, y1: 0, x2: 1, y2: 1, stroke: "currentColor", strokeOpacity: 0.3 }),
    ...models.flatMap(({ model }) => {
      const own = points.filter((point) => point.model === model);
      const drawn = { x: "said", y: "found", stroke: "currentColor" };
      return [
        line(own, { ...drawn, strokeDasharray: DASHES[model] }),
        dot(own, { ...drawn, r: 2.5, fill: model === "keywords" ? "none" : "currentColor" }),
      ];
    }),
  ];
  const what = genre === null ? "all genres" : genres[genre];
  const options = {
    marks,
    x: { domain: [0, 1], label: "Said" },
    y: { domain: [0, 1], label: "Found" },
  };
  return picture(`Calibration, ${what}`, options, sortable("Calibration", columns, rows));
}

/**
 * Precision against recall of one genre.
 *
 * @param {Curves} curves
 * @param {string[]} genres
 * @param {number} genre
 */
export function precisionRecallChart({ models }, genres, genre) {
  const marks = models.map(({ model, precisionRecall }) =>
    line(precisionRecall[genre] ?? [], {
      x: "recall",
      y: "precision",
      curve: "step-before",
      stroke: "currentColor",
      strokeDasharray: DASHES[model],
    }),
  );
  const columns = [
    { name: "Model" },
    ...["Threshold", "Precision", "Recall"].map((name) => ({ name, number: true })),
  ];
  const rows = models.flatMap(({ model, precisionRecall }) =>
    (precisionRecall[genre] ?? []).map(({ threshold, precision, recall }) => [
      { value: NAMES[model] ?? model },
      { value: threshold, cell: three(threshold) },
      { value: precision, cell: three(precision) },
      { value: recall, cell: three(recall) },
    ]),
  );
  const options = {
    marks,
    x: { domain: [0, 1], label: "Recall" },
    y: { domain: [0, 1], label: "Precision" },
  };
  return picture(
    `Precision and recall, ${genres[genre]}`,
    options,
    sortable("Precision and recall", columns, rows),
  );
}
