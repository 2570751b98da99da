import { button, make } from "./dom.js";
import {
  comparison,
  correlationTable,
  genreTable,
  hitTable,
  lengthTable,
  matrix,
  metricsTable,
} from "./report.js";
import { turn } from "./turn.js";

/** @import { Curves, Decisions, Hit, Interval, ModelDecisions, Query, Row } from "./types.js" */

/**
 * @typedef {object} Drawn what a section is drawn of
 * @property {Decisions} decisions
 * @property {Curves} curves
 * @property {Interval[][] | null} intervals
 * @property {number} model whose report is shown
 * @property {ModelDecisions} own its decisions
 * @property {(hits: Hit[]) => Promise<Row[]>} rowsOf
 * @property {(query: Query, title: string) => void} openRows
 */

/**
 * @typedef {object} Section
 * @property {string} key
 * @property {string} title
 * @property {string} [aside]
 * @property {(drawn: Drawn, redraw: () => void) => Node[] | Promise<Node[]>} draw its content;
 *   `redraw` is for what it moves by itself
 */

/** Rows of the worst mistakes that are shown. */
const WORST = 20;

/** The report from its top to its end. @returns {Section[]} */
export function makeSections() {
  return [
    {
      key: "metrics",
      title: "All in all",
      aside: "Each with its 95 % bootstrap interval over rows; the best of each line is bold.",
      draw: ({ decisions, intervals }) => [metricsTable(decisions, intervals)],
    },
    {
      key: "compare",
      title: "Both models by genre",
      draw: ({ decisions }) => [comparison(decisions)],
    },
    {
      key: "genres",
      title: "By genre",
      aside: "Press a head to sort, a count to see the rows behind it.",
      draw: ({ decisions, model, openRows }) => [genreTable(decisions, model, openRows)],
    },
    { key: "rows", title: "Rows", draw: () => [] },
    {
      key: "fp",
      title: "Worst false positives",
      aside:
        "Chosen with confidence, and not in the labels. A film’s name opens it in the Classify view.",
      draw: (drawn) => worst("Worst false positives", drawn.own.falsePositives, drawn),
    },
    {
      key: "fn",
      title: "Worst false negatives",
      aside: "In the labels, and hardly thought of.",
      draw: (drawn) => worst("Worst false negatives", drawn.own.falseNegatives, drawn),
    },
    {
      key: "replaced",
      title: "What is chosen in place of what",
      aside:
        "Row: the genre that was missed. Column: one that was chosen wrongly for the same film.",
      draw: ({ decisions: { genres }, own, openRows }) => [
        matrix({
          caption: "Genres chosen in place of others",
          genres,
          counts: own.replaced,
          order: own.replacedOrder,
          normalised: false,
          open: (missed, chosen) =>
            openRows(
              { kind: "replaced", missed, chosen },
              `${genres[missed]} missed, ${genres[chosen]} chosen`,
            ),
        }),
      ],
    },
    {
      key: "together",
      title: "Genres that go together",
      aside:
        "In the labels, then as chosen; ordered by spectral biclustering. On the diagonal: all films of the genre.",
      draw: together(),
    },
    {
      key: "curves",
      title: "Calibration and precision",
      aside: "Solid: both models; dashed: DistilBERT; dotted: the keyword model.",
      draw: curves(),
    },
    {
      key: "lengths",
      title: "Score by length of text",
      draw: ({ own }) => [lengthTable(own)],
    },
    {
      key: "numbers",
      title: "Numbers and probabilities",
      aside: "Pearson’s correlation; “words” is the length of the text.",
      draw: numbers(),
    },
  ];
}

/**
 * @param {string} caption
 * @param {Hit[]} hits
 * @param {Drawn} drawn
 */
async function worst(caption, hits, { decisions, rowsOf }) {
  const shown = hits.slice(0, WORST);
  return [hitTable(caption, decisions.genres, shown, await rowsOf(shown), openInClassify)];
}

/** @returns {Section["draw"]} */
function together() {
  let normalised = false;
  return async ({ decisions: { genres }, curves, own, openRows }, redraw) => {
    const name = normalised ? "Show counts" : "Show each column in percent";
    const press = button(name, () => ((normalised = !normalised), redraw()), "quiet");
    const parts = /** @type {const} */ ([
      ["In the labels", curves.together, curves.togetherOrder, "bothThere"],
      ["As chosen", own.together, own.togetherOrder, "bothChosen"],
    ]);
    /** @type {Node[]} */
    const nodes = [press];
    for (const [caption, counts, order, kind] of parts) {
      const open = (/** @type {number} */ a, /** @type {number} */ b) =>
        openRows({ kind, a, b }, `${caption}: ${genres[a]} and ${genres[b]}`);
      const table = matrix({ caption, genres, counts, order, normalised, open });
      nodes.push(make("h4", {}, caption), table);
      await turn();
    }
    return nodes;
  };
}

/** @returns {Section["draw"]} */
function curves() {
  let shown = "";
  return async ({ decisions: { genres }, curves }, redraw) => {
    const { precisionRecallChart, reliabilityChart } = await import("./charts.js");
    const { label, genre } = genreSelect("curve-of", ["", ...genres], shown, (name) => {
      shown = name;
      redraw();
    });
    const at = genres.indexOf(genre);
    const calibration = reliabilityChart(curves, genres, at < 0 ? null : at);
    await turn();
    const precision = precisionRecallChart(curves, genres, Math.max(0, at));
    return [label, make("div", { className: "pictures" }, calibration, precision)];
  };
}

/** @returns {Section["draw"]} */
function numbers() {
  let shown = "Drama";
  return async ({ decisions: { genres }, curves, own, model }, redraw) => {
    const { outcomeChart } = await import("./outcomes.js");
    const { label, genre } = genreSelect("numbers-of", genres, shown, (name) => {
      shown = name;
      redraw();
    });
    const at = Math.max(0, genres.indexOf(genre));
    const pictures = [];
    for (const [i, column] of curves.columns.entries()) {
      pictures.push(outcomeChart(column, genre, own.numbers[i]?.[at]));
      await turn();
    }
    return [
      correlationTable(curves, genres, model),
      make("h4", {}, "By what became of a genre"),
      label,
      make("div", { className: "pictures" }, ...pictures),
    ];
  };
}

/**
 * @param {string} id
 * @param {string[]} genres "" for all of them
 * @param {string} shown the first one where it is not among them
 * @param {(genre: string) => void} choose
 */
function genreSelect(id, genres, shown, choose) {
  const options = genres.map((value) => make("option", { value }, value || "All"));
  const select = make("select", { id }, ...options);
  const genre = genres.includes(shown) ? shown : (genres[0] ?? "");
  select.value = genre;
  select.addEventListener("change", () => choose(select.value));
  return { label: make("label", {}, "Genre ", select), genre };
}

/** @param {Row} row */
export function openInClassify({ title, text }) {
  dispatchEvent(new CustomEvent("plotlens-open", { detail: { title: title ?? "", text } }));
  location.hash = "#classify";
}
