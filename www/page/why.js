import { counted, percent, signed, whole } from "./format.js";
import { ledger } from "./rows.js";

/** @import { Answer, Predictor } from "../engine/types.js" */
/** @import { Span } from "./levels.js" */
/** @import { Ledger, Row } from "./rows.js" */

/** @typedef {{ has: (spans: Span[]) => boolean, toggle: (spans: Span[]) => void }} Struck */

/** How many words are named. */
const MOST = 12;

/** The table that adds up, from the start to the probability. */
export class WhyTable {
  #table;
  #point;
  #struck;
  /** @type {Map<Element, Span[]>} */
  #spans = new Map();

  /**
   * @param {HTMLTableElement} table with a caption, a tbody and a tfoot
   * @param {(spans: Span[]) => void} point told which words the row below the pointer is about
   * @param {Struck} struck the words that are left out
   */
  constructor(table, point, struck) {
    this.#table = table;
    this.#point = point;
    this.#struck = struck;
    table.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("button") : null;
      const row = button?.closest("tr");
      if (row) this.#struck.toggle(this.#spans.get(row) ?? []);
    });
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
   * @param {number | null} [other] index of a genre to compare it with
   */
  show(text, answer, model, genre, other = null) {
    const account = ledger(text, answer, model, genre, MOST, other);
    /** @param {number | null} index */
    const genreAt = (index) => answer.genres.find((candidate) => candidate.index === index);
    const [found, than] = [genreAt(genre), genreAt(other)];
    const aim =
      than === undefined ? `${found?.genre}` : `${found?.genre} rather than ${than.genre}`;
    const focused = this.#focused();
    this.#spans.clear();
    const rows = account.rows
      .filter((row) => row.kind !== "others" || row.times > 0)
      .map((row) => {
        const element = makeRow(
          row.kind === "word"
            ? wordHeading(row, signed(row.shown, account.decimals), aim)
            : heading(row),
          swing(row, account.scale),
          signed(row.shown, account.decimals),
        );
        element.dataset["value"] = String(row.value);
        if (row.kind === "word") {
          this.#spans.set(element, row.spans);
          const pressed = String(this.#struck.has(row.spans));
          element.querySelector("button")?.setAttribute("aria-pressed", pressed);
        }
        return element;
      });
    this.#table.tBodies[0]?.replaceChildren(...rows);
    const threshold = found?.[model]?.threshold ?? 0;
    const sums = totals(account, threshold, found?.genre ?? "", than?.genre ?? null);
    this.#table.tFoot?.replaceChildren(...sums);
    if (this.#table.caption !== null) {
      this.#table.caption.textContent = `What ${aim} rests on, added up`;
    }
    this.#table.hidden = false;
    this.#button(focused)?.focus();
  }

  /** The word whose button has the focus, so that it keeps it in a table made anew. */
  #focused() {
    const { activeElement } = document;
    return this.#table.contains(activeElement) ? (activeElement?.textContent ?? null) : null;
  }

  /** @param {string | null} word */
  #button(word) {
    if (word === null) return null;
    const buttons = [...this.#table.querySelectorAll("button")];
    return buttons.find((button) => button.textContent === word) ?? buttons[0] ?? null;
  }
}

/**
 * @param {Ledger} account
 * @param {number} threshold
 * @param {string} genre
 * @param {string | null} other the genre that it is compared with
 */
function totals(account, threshold, genre, other) {
  const { probability, otherProbability } = account;
  const sum = makeRow(plain("Sum"), null, signed(account.shown, account.decimals));
  sum.dataset["value"] = String(account.logit);
  if (other !== null && otherProbability !== null) {
    return [
      sum,
      makeRow(plain(`Probability of ${genre}`), null, percent(probability)),
      makeRow(plain(`Probability of ${other}`), null, percent(otherProbability)),
    ];
  }
  const side = probability >= threshold ? "above" : "below";
  const label = plain(`Probability, ${side} the threshold of ${percent(threshold)}`);
  return [sum, makeRow(label, null, percent(probability))];
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
  return aside(`Other words (${whole(row.times)})`);
}

/**
 * A word, which is left out of the text when it is pressed.
 *
 * @param {Row} row
 * @param {string} amount as the table shows it
 * @param {string} aim what it adds to, or takes from
 */
function wordHeading(row, amount, aim) {
  const label = document.createDocumentFragment();
  const button = document.createElement("button");
  button.type = "button";
  button.className = "word";
  const word = document.createElement("bdi");
  word.textContent = row.label;
  button.append(word);
  button.title = "Leave it out and read the text anew";
  const times = row.times > 1 ? `, ${counted(row.times, "time", "times")}` : "";
  const way = row.value < 0 ? "away from" : "towards";
  button.setAttribute("aria-label", `${row.label}${times}: ${amount} ${way} ${aim}; leave it out`);
  label.append(button);
  if (row.times > 1) {
    const mark = aside(` ×${row.times}`);
    mark.setAttribute("aria-hidden", "true");
    label.append(mark);
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
