import { counted, percent, signed } from "./format.js";
import { ledger } from "./rows.js";

/** @import { Answer, Predictor } from "../engine/types.js" */
/** @import { Span } from "./levels.js" */
/** @import { Ledger, Row } from "./rows.js" */

/** How many words are named. */
const MOST = 12;

/** The table that adds up, from the start to the probability. */
export class WhyTable {
  #table;
  #point;
  /** @type {Map<Element, Span[]>} */
  #spans = new Map();

  /**
   * @param {HTMLTableElement} table with a caption, a tbody and a tfoot
   * @param {(spans: Span[]) => void} point told which words the row below the pointer is about
   */
  constructor(table, point) {
    this.#table = table;
    this.#point = point;
    table.addEventListener("pointerover", (event) => {
      const row = event.target instanceof Element ? event.target.closest("tbody tr") : null;
      this.#point((row && this.#spans.get(row)) ?? []);
    });
    table.addEventListener("pointerleave", () => this.#point([]));
  }

  clear() {
    this.#table.hidden = true;
    this.#spans.clear();
  }

  /**
   * @param {string} text what the answer was given for
   * @param {Answer} answer
   * @param {Predictor} model
   * @param {number} genre index
   */
  show(text, answer, model, genre) {
    const account = ledger(text, answer, model, genre, MOST);
    this.#spans.clear();
    const rows = account.rows
      .filter((row) => row.kind !== "others" || row.times > 0)
      .map((row) => {
        const element = makeRow(
          heading(row),
          swing(row, account.scale),
          signed(row.shown, account.decimals),
        );
        element.dataset["value"] = String(row.value);
        if (row.kind === "word") this.#spans.set(element, row.spans);
        return element;
      });
    const found = answer.genres.find(({ index }) => index === genre);
    const own = found?.[model];
    this.#table.tBodies[0]?.replaceChildren(...rows);
    this.#table.tFoot?.replaceChildren(...totals(account, own?.threshold ?? 0));
    if (this.#table.caption !== null) {
      this.#table.caption.textContent = `What ${found?.genre} rests on, added up`;
    }
    this.#table.hidden = false;
  }
}

/**
 * @param {Ledger} account
 * @param {number} threshold
 */
function totals(account, threshold) {
  const side = account.probability >= threshold ? "above" : "below";
  const sum = makeRow(plain("Sum"), null, signed(account.shown, account.decimals));
  sum.dataset["value"] = String(account.logit);
  const label = plain(`Probability, ${side} the threshold of ${percent(threshold)}`);
  return [sum, makeRow(label, null, percent(account.probability))];
}

/**
 * @param {Node} label
 * @param {Node | null} bar
 * @param {string} value
 */
function makeRow(label, bar, value) {
  const row = document.createElement("tr");
  const head = document.createElement("th");
  head.scope = "row";
  head.append(label);
  const number = document.createElement("td");
  number.textContent = value;
  if (bar === null) {
    head.colSpan = 2;
    row.append(head, number);
    return row;
  }
  const middle = document.createElement("td");
  middle.append(bar);
  row.append(head, middle, number);
  return row;
}

/** @param {Row} row */
function heading(row) {
  if (row.kind === "start") return aside("Start, before a word is read");
  if (row.kind === "title") return aside("The title");
  if (row.kind === "marks") return aside("Punctuation and sentence marks");
  if (row.kind === "others") return aside(`Other words (${row.times.toLocaleString("en")})`);
  const label = document.createDocumentFragment();
  const word = document.createElement("bdi");
  word.className = "word";
  word.textContent = row.label;
  label.append(word);
  if (row.times > 1) {
    const times = aside(` ×${row.times}`);
    times.setAttribute("aria-label", ` ${counted(row.times, "time", "times")}`);
    label.append(times);
  }
  return label;
}

/**
 * A bar from the middle for a word; it only repeats what the number says.
 *
 * @param {Row} row
 * @param {number} scale the amount that fills one side
 */
function swing(row, scale) {
  const box = document.createElement("div");
  box.className = "swing";
  box.toggleAttribute("data-against", row.value < 0);
  if (row.kind !== "word") return box;
  const bar = document.createElement("span");
  bar.style.setProperty("--size", (Math.abs(row.value) / scale).toFixed(4));
  box.append(bar);
  return box;
}

/** @param {string} text */
function plain(text) {
  return document.createTextNode(text);
}

/** @param {string} text */
function aside(text) {
  const span = document.createElement("span");
  span.className = "aside";
  span.textContent = text;
  return span;
}
