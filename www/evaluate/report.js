import { percent, whole } from "../page/format.js";
import { button, make, sortable } from "./dom.js";

/** @import { Curves, Decisions, Hit, Interval, Metrics, ModelDecisions, Order, Query, Row } from "./types.js" */

/** Each model by its name in a heading. @type {Record<string, string>} */
export const NAMES = { distilbert: "DistilBERT", keywords: "Keyword model", blend: "Both" };

/** @type {[name: string, path: string, of: (metrics: Metrics) => number, lowIsGood?: true][]} */
export const HEADLINES = [
  ["Jaccard, mean over rows", "samples.jaccard", (m) => m.samples.jaccard],
  ["Hamming loss", "hamming", (m) => m.hamming, true],
  ["Exact match", "exact_match", (m) => m.exact_match],
  ["At least one right", "at_least_one", (m) => m.at_least_one],
  ["At least two right", "at_least_two", (m) => m.at_least_two],
  ["mAP", "map", (m) => m.map],
  ["LRAP", "lrap", (m) => m.lrap],
  ["Calibration error (ECE)", "ece", (m) => m.ece, true],
  ...["micro", "macro", "weighted", "samples"].flatMap((average) =>
    ["precision", "recall", "f1"].map(
      (rate) =>
        /** @type {[string, string, (m: Metrics) => number]} */ ([
          `${rate === "f1" ? "F1" : rate[0]?.toUpperCase() + rate.slice(1)}, ${average}`,
          `${average}.${rate}`,
          (m) => /** @type {any} */ (m)[average][rate],
        ]),
    ),
  ),
];

/** @param {number} value */
export const three = (value) => value.toFixed(3).replace(/^(-?)0\./, "$1.");

/**
 * Every metric of every model, with its interval once that is drawn.
 *
 * @param {Decisions} decisions
 * @param {Interval[][] | null} intervals
 */
export function metricsTable({ models }, intervals) {
  const rows = HEADLINES.map(([name, path, of, low]) => {
    const values = models.map(({ metrics }) => of(metrics));
    const best = low ? Math.min(...values) : Math.max(...values);
    const cells = values.flatMap((value, i) => {
      const interval = intervals?.[i]?.find(({ metric }) => metric === path);
      const range = interval ? `${three(interval.low)}–${three(interval.high)}` : "";
      return [
        make("td", { className: value === best ? "number best" : "number" }, three(value)),
        make("td", { className: "number range" }, range),
      ];
    });
    return make("tr", {}, make("th", { scope: "row" }, name), ...cells);
  });
  const head = models.map(({ model }) =>
    make("th", { scope: "colgroup", colSpan: 2, className: "number" }, NAMES[model]),
  );
  return make(
    "div",
    { className: "wide", tabIndex: 0, role: "region", "aria-label": "All metrics" },
    make(
      "table",
      { className: "figures metrics" },
      make("caption", { className: "unseen" }, "All metrics, each with its 95 % interval"),
      make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "Metric"), ...head)),
      make("tbody", {}, ...rows),
    ),
  );
}

/**
 * One model's figures by genre; a count opens the rows behind it.
 *
 * @param {Decisions} decisions
 * @param {number} model
 * @param {(query: Query, title: string) => void} open
 */
export function genreTable({ genres, models }, model, open) {
  const own = /** @type {ModelDecisions} */ (models[model]);
  const numbers = [
    "Precision",
    "Recall",
    "F1",
    "AP",
    "Support",
    "TP",
    "FP",
    "FN",
    "TN",
    "Threshold",
  ];
  const columns = [{ name: "Genre" }, ...numbers.map((name) => ({ name, number: true }))];
  const rows = genres.map((genre, i) => {
    const m = /** @type {Metrics["per_genre"][number]} */ (own.metrics.per_genre[i]);
    /**
     * @param {number} count
     * @param {boolean} there
     * @param {boolean} chosen
     */
    const count = (count, there, chosen) => ({
      value: count,
      cell:
        count === 0
          ? "0"
          : button(
              whole(count),
              () =>
                open(
                  { kind: "outcome", genre: i, there, chosen },
                  `${genre}: ${there ? "in the labels" : "not in the labels"}, ${chosen ? "chosen" : "not chosen"}`,
                ),
              "count",
            ),
    });
    const rate = (/** @type {number} */ value) => ({ value, cell: three(value) });
    return [
      { value: genre },
      rate(m.precision),
      rate(m.recall),
      rate(m.f1),
      rate(m.ap),
      { value: m.support, cell: whole(m.support) },
      count(m.tp, true, true),
      count(m.fp, false, true),
      count(m.fn, true, false),
      count(m.tn, false, false),
      { value: m.threshold, cell: m.threshold.toFixed(2) },
    ];
  });
  return sortable(`${NAMES[own.model]} by genre`, columns, rows);
}

/**
 * Both models' F1 and their difference, the frequent genres first.
 *
 * @param {Decisions} decisions
 */
export function comparison({ genres, models }) {
  const first = models.find(({ model }) => model === "distilbert");
  const second = models.find(({ model }) => model === "keywords");
  if (first === undefined || second === undefined) return make("p", {}, "One model only.");
  const rows = genres.map((genre, i) => {
    const [a, b] = [first, second].map(({ metrics }) => metrics.per_genre[i]?.f1 ?? 0);
    return { genre, support: first.metrics.per_genre[i]?.support ?? 0, a: a ?? 0, b: b ?? 0 };
  });
  rows.sort((x, y) => y.support - x.support);
  const middle = Math.ceil(rows.length / 2);
  /** @param {typeof rows} part @param {string} name */
  const block = (part, name) =>
    make(
      "tbody",
      {},
      make("tr", {}, make("th", { colSpan: 5, scope: "rowgroup", className: "group" }, name)),
      ...part.map(({ genre, support, a, b }) =>
        make(
          "tr",
          {},
          make("th", { scope: "row" }, genre),
          make("td", { className: "number" }, whole(support)),
          heat(a, three(a)),
          heat(b, three(b)),
          heat(Math.abs(a - b) * 2, (a < b ? "−" : "+") + three(Math.abs(a - b)), a < b),
        ),
      ),
    );
  const heads = ["Support", "DistilBERT", "Keyword model", "Difference"];
  return make(
    "div",
    { className: "wide", tabIndex: 0, role: "region", "aria-label": "F1 of both models by genre" },
    make(
      "table",
      { className: "figures heat" },
      make("caption", { className: "unseen" }, "F1 of both models by genre"),
      make(
        "thead",
        {},
        make(
          "tr",
          {},
          make("th", { scope: "col" }, "F1"),
          ...heads.map((head) => make("th", { scope: "col", className: "number" }, head)),
        ),
      ),
      block(rows.slice(0, middle), "Genres with more rows"),
      block(rows.slice(middle), "Genres with fewer rows"),
    ),
  );
}

/**
 * @param {number} share 0 to 1
 * @param {string | Node} content
 * @param {boolean} [against]
 */
function heat(share, content, against = false) {
  const strength = `${Math.round(Math.min(1, Math.max(0, share)) * 70)}%`;
  return make(
    "td",
    { className: `number shade${against ? " against" : ""}`, style: { "--strength": strength } },
    content,
  );
}

/**
 * A square of counts as a heat map whose cells open the rows behind them.
 *
 * @param {object} square
 * @param {string} square.caption
 * @param {string[]} square.genres
 * @param {number[][]} square.counts
 * @param {Order} square.order
 * @param {boolean} square.normalised each column as shares of its sum
 * @param {(row: number, column: number) => void} square.open
 */
export function matrix({ caption, genres, counts, order, normalised, open }) {
  const sums = order.columns.map((column) =>
    order.rows.reduce((sum, row) => sum + (row === column ? 0 : at(counts, row, column)), 0),
  );
  const most = Math.max(
    1,
    ...order.rows.flatMap((row) =>
      order.columns.map((column) => (row === column ? 0 : at(counts, row, column))),
    ),
  );
  const body = order.rows.map((row) => {
    const cells = order.columns.map((column, i) => {
      const count = at(counts, row, column);
      if (row === column)
        return make("td", { className: "number own" }, count ? String(count) : "");
      if (count === 0) return make("td", { className: "number" }, "");
      const share = normalised ? count / (sums[i] || 1) : count / most;
      const shown = normalised ? String(Math.round(share * 100)) : String(count);
      const press = button(shown, () => open(row, column), "count");
      press.setAttribute("aria-label", `${genres[row]}, ${genres[column]}: ${shown}`);
      return heat(share, press);
    });
    return make("tr", {}, make("th", { scope: "row" }, genres[row]), ...cells);
  });
  const heads = order.columns.map((column) =>
    make("th", { scope: "col" }, make("span", {}, genres[column])),
  );
  return make(
    "div",
    { className: "wide", tabIndex: 0, role: "region", "aria-label": caption },
    make(
      "table",
      { className: "figures heat square" },
      make("caption", { className: "unseen" }, caption),
      make("thead", {}, make("tr", {}, make("td"), ...heads)),
      make("tbody", {}, ...body),
    ),
  );
}

/** @param {number[][]} counts @param {number} row @param {number} column */
const at = (counts, row, column) => counts[row]?.[column] ?? 0;

/**
 * Rows with what makes them remarkable; each opens in the Classify view.
 *
 * @param {string} caption
 * @param {string[]} genres
 * @param {Hit[]} hits
 * @param {Row[]} rows of the hits, in their order
 * @param {(row: Row) => void} open
 */
export function hitTable(caption, genres, hits, rows, open) {
  const columns = [
    { name: "Film" },
    { name: "Genre" },
    { name: "Probability", number: true },
    { name: "Its labels" },
    { name: "Text" },
    { name: "Line", number: true },
  ];
  const cells = hits.map(({ genre, probability }, i) => {
    const row = /** @type {Row} */ (rows[i]);
    const name = row.title ?? row.id ?? `Line ${row.line}`;
    const bar = make("span", { className: "bar-cell" }, percent(probability));
    bar.style.setProperty("--size", `${(probability * 100).toFixed(1)}%`);
    const text = row.text.length > 160 ? `${row.text.slice(0, 160)}…` : row.text;
    const press = button(name, () => open(row), "opens");
    press.title = "Open in the Classify view";
    return [
      { value: name, cell: press },
      { value: genres[genre] ?? "" },
      { value: probability, cell: bar },
      { value: row.genres.join(", ") },
      { value: text, cell: make("bdi", { className: "excerpt" }, text) },
      { value: row.line },
    ];
  });
  return sortable(caption, columns, cells);
}

/** @param {ModelDecisions} own */
export function lengthTable({ model, lengths }) {
  const columns = [
    { name: "Words" },
    { name: "Rows", number: true },
    { name: "Jaccard", number: true },
    { name: "± 95 %", number: true },
    { name: "F1", number: true },
  ];
  const rows = lengths.map(({ from, to, n, jaccard, margin, f1 }) => [
    { value: to === null ? `${from} and more` : `${from}–${to - 1}` },
    { value: n },
    { value: jaccard, cell: three(jaccard) },
    { value: margin, cell: n > 1 ? three(margin) : "" },
    { value: f1, cell: three(f1) },
  ]);
  return sortable(`${NAMES[model]}: score by length of text`, columns, rows);
}

/**
 * @param {Curves} curves
 * @param {string[]} genres
 * @param {number} model
 */
export function correlationTable({ columns, correlations, models }, genres, model) {
  const heads = [...columns, ...genres.map((genre) => `p(${genre})`)];
  const body = columns.map((column, i) => {
    const values = [...(correlations[i] ?? []), ...(models[model]?.correlations[i] ?? [])];
    const cells = values.map((value) =>
      value === null
        ? make("td", { className: "number" }, "")
        : heat(Math.abs(value), (value < 0 ? "−" : "") + Math.abs(value).toFixed(2), value < 0),
    );
    return make("tr", {}, make("th", { scope: "row" }, column), ...cells);
  });
  return make(
    "div",
    { className: "wide", tabIndex: 0, role: "region", "aria-label": "Correlations" },
    make(
      "table",
      { className: "figures heat square" },
      make(
        "caption",
        { className: "unseen" },
        "Pearson’s correlations of numbers and probabilities",
      ),
      make(
        "thead",
        {},
        make(
          "tr",
          {},
          make("td"),
          ...heads.map((head) => make("th", { scope: "col" }, make("span", {}, head))),
        ),
      ),
      make("tbody", {}, ...body),
    ),
  );
}
