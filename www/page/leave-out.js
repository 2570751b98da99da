import { asPlotLensError } from "../engine/errors.js";
import { inWords, percent } from "./format.js";
import { element, setText } from "./view.js";

/** @import { Answer, GenreAnswer, Predictor } from "../engine/types.js" */
/** @import { PlotLens } from "../plotlens.js" */
/** @import { Span } from "./levels.js" */
/** @import { Answered, Reading } from "./reading.js" */
/** @import { Surface } from "./surface.js" */

/** Genres that are neither chosen before nor after are shown where they moved most: so many rows. */
const ROWS = 5;

/** @type {readonly Predictor[]} in the order of the table's columns */
const PREDICTORS = ["blend", "distilbert", "keywords"];

/**
 * “Leave this word out”: words that are struck from the text, which itself stays as it is, and what
 * both models say without them beside what they said at first.
 */
export class LeaveOut {
  #lens;
  #reading;
  #surface;
  #changed;
  #room = element("left-out");
  #list = element("left-out-words");
  #table = /** @type {HTMLTableElement} */ (element("left-out-table"));
  /** @type {Span[]} in order */
  #spans = [];
  #asked = new AbortController();

  /**
   * @param {PlotLens} lens
   * @param {Reading} reading
   * @param {Surface} surface
   * @param {() => void} changed told when other words are struck
   */
  constructor(lens, reading, surface, changed) {
    this.#lens = lens;
    this.#reading = reading;
    this.#surface = surface;
    this.#changed = changed;
    element("left-out-none").addEventListener("click", () => {
      this.#strike([]);
      this.#surface.element.focus();
    });
  }

  /** The text has changed: nothing of it is struck. */
  edited() {
    if (this.#spans.length > 0) this.#strike([]);
  }

  /** @param {Span[]} spans whether all of them are struck */
  has(spans) {
    return spans.every((span) => this.#spans.some(({ start }) => start === span.start));
  }

  /** @param {Span[]} spans words to strike, or to take back if they are struck */
  toggle(spans) {
    const others = this.#spans.filter(({ start }) => spans.every((span) => span.start !== start));
    const struck = this.has(spans) ? others : [...others, ...spans];
    this.#strike(struck.toSorted((a, b) => a.start - b.start));
  }

  /** An answer to the text as it is now, in which the spans lie; of both models where there is one. */
  get #subject() {
    const { main, explained } = this.#reading;
    return [main, explained].find((it) => it !== null && this.#reading.isFor(it)) ?? null;
  }

  /** @param {Span[]} spans */
  #strike(spans) {
    const subject = this.#subject;
    // The offsets are of an older text; its answer is about to come.
    if (subject === null && spans.length > 0) return;
    this.#asked.abort();
    this.#asked = new AbortController();
    this.#spans = spans;
    this.#surface.paint(new Map([["struck", spans]]));
    this.#room.hidden = spans.length === 0;
    if (subject !== null && spans.length > 0) {
      this.#showWords(subject.text);
      void this.#ask(subject, spans, this.#asked.signal);
    }
    this.#changed();
  }

  /** @param {string} text */
  #showWords(text) {
    const items = this.#spans.map((span) => {
      const word = text.slice(span.start, span.end);
      const button = document.createElement("button");
      button.type = "button";
      button.className = "quiet";
      button.setAttribute("aria-label", `Take ${word} back`);
      const label = document.createElement("s");
      label.dir = "auto";
      label.textContent = word;
      button.append(label);
      button.addEventListener("click", () => {
        this.toggle([span]);
        const next = this.#spans.length > 0 ? this.#list.querySelector("button") : null;
        (next ?? this.#surface.element).focus();
      });
      return button;
    });
    this.#list.replaceChildren(...items);
  }

  /**
   * @param {Answered} before
   * @param {Span[]} spans
   * @param {AbortSignal} signal
   */
  async #ask(before, spans, signal) {
    const { text, title } = before;
    setText("left-out-note", "Reading without them…");
    try {
      const left = without(text, spans);
      const both = before.answer.explanations.distilbert !== null;
      const after = await (both
        ? this.#lens.classify(left, { title, signal })
        : this.#lens.classifyKeywords(left, { title, signal }));
      this.#table.tBodies[0]?.replaceChildren(...rows(before.answer, after));
      this.#table.hidden = false;
      setText("left-out-note", sentence(before.answer, after));
    } catch (error) {
      if (signal.aborted) return;
      this.#table.hidden = true;
      setText("left-out-note", asPlotLensError(error, "worker-lost").message);
    }
  }
}

/**
 * A text with a space in the place of each word, as the core takes words away.
 *
 * @param {string} text
 * @param {readonly Span[]} spans in order
 */
export function without(text, spans) {
  let from = 0;
  let left = "";
  for (const { start, end } of spans) {
    left += `${text.slice(from, start)} `;
    from = end;
  }
  return left + text.slice(from);
}

/**
 * Which genres came and went.
 *
 * @param {Answer} before
 * @param {Answer} after
 */
export function sentence(before, after) {
  const [was, is] = [before, after].map(({ genres }) =>
    genres.filter(({ chosen }) => chosen).map(({ genre }) => genre),
  );
  const gone = was?.filter((genre) => !is?.includes(genre)) ?? [];
  const come = is?.filter((genre) => !was?.includes(genre)) ?? [];
  if (gone.length === 0 && come.length === 0) return "The genres stay the same.";
  const parts = [];
  if (gone.length > 0) parts.push(`${inWords(gone)} ${gone.length > 1 ? "are" : "is"} gone`);
  if (come.length > 0) parts.push(`${inWords(come)} ${come.length > 1 ? "are" : "is"} new`);
  return `${parts.join("; ")}.`;
}

/**
 * Genres chosen before or after, then those that moved most.
 *
 * @param {Answer} before
 * @param {Answer} after
 */
function rows(before, after) {
  const pairs = before.genres.map((was) => {
    const is = after.genres.find(({ index }) => index === was.index) ?? was;
    const moved = Math.abs(is.probability - was.probability);
    return { was, is, rank: (was.chosen || is.chosen ? 1 : 0) + moved };
  });
  const chosen = pairs.filter(({ rank }) => rank >= 1).length;
  return pairs
    .toSorted((a, b) => b.rank - a.rank)
    .slice(0, Math.max(ROWS, chosen))
    .map(({ was, is }) => row(was, is));
}

/**
 * @param {GenreAnswer} was
 * @param {GenreAnswer} is
 */
function row(was, is) {
  const line = document.createElement("tr");
  const name = document.createElement("th");
  name.scope = "row";
  name.textContent = was.genre;
  line.toggleAttribute("data-chosen", is.chosen);
  line.append(name);
  for (const predictor of PREDICTORS) {
    const cell = document.createElement("td");
    const [first, then] = [was[predictor], is[predictor]];
    if (first !== null && then !== null) {
      const old = document.createElement("span");
      old.className = "was";
      old.textContent = percent(first.probability);
      const now = document.createElement("b");
      now.textContent = percent(then.probability);
      cell.append(old, " → ", now);
    }
    line.append(cell);
  }
  return line;
}
