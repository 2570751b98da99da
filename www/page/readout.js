import { signed } from "./format.js";
import { largest } from "./levels.js";
import { decimalsFor } from "./rows.js";
import { MODELS } from "./sentences.js";
import { spanAt } from "./spans.js";

/** @import { Answer, Predictor, WordAnswer } from "../engine/types.js" */
/** @import { Span } from "./levels.js" */
/** @import { Surface } from "./surface.js" */

/**
 * @typedef {object} Subject what is painted now
 * @property {string} text
 * @property {Answer} answer
 * @property {Predictor} model
 * @property {number} index of the genre
 * @property {string} genre
 */

const HINT = "Point at a word, or put the caret in it, to see its numbers.";
/** How many other genres to name. */
const MOST = 3;

/** Says the numbers of the word below the pointer or, failing that, of the word with the caret. */
export class Readout {
  #line;
  #surface;
  #leaveOut = document.createElement("button");
  /** @type {Subject | null} */
  #subject = null;
  /** @type {{ x: number, y: number } | null} */
  #pointer = null;
  /** @type {WordAnswer | null} */
  #marked = null;
  /** @type {WordAnswer | null} whose numbers are told */
  #word = null;
  #waiting = false;

  /**
   * @param {HTMLElement} line
   * @param {Surface} surface
   * @param {(spans: Span[]) => void} leaveOut told which word to leave out of the text
   */
  constructor(line, surface, leaveOut) {
    this.#line = line;
    this.#surface = surface;
    const button = this.#leaveOut;
    button.type = "button";
    button.className = "quiet";
    button.textContent = "Leave it out";
    // A press that took the focus would take the caret, and with it the word.
    button.addEventListener("pointerdown", (event) => event.preventDefault());
    button.addEventListener("click", () => {
      if (this.#word !== null) leaveOut([this.#word]);
    });
    const { element } = surface;
    const soon = () => this.#updateSoon();
    element.addEventListener("pointermove", (event) => {
      this.#pointer = event.pointerType === "mouse" ? { x: event.clientX, y: event.clientY } : null;
      soon();
    });
    element.addEventListener("pointerleave", () => {
      this.#pointer = null;
      soon();
    });
    element.addEventListener("scroll", soon);
    document.addEventListener("selectionchange", soon);
  }

  /** @param {Subject | null} subject null while the offsets would not fit the text */
  show(subject) {
    this.#subject = subject;
    if (subject === null) {
      this.pause();
      this.#line.replaceChildren();
    }
    this.#updateSoon();
  }

  /** Leaves the line as it is, but asks for no other word until the next `show`. */
  pause() {
    this.#subject = null;
    this.#marked = null;
    this.mark([]);
  }

  /**
   * Marks words from elsewhere on the page.
   *
   * @param {Span[]} spans
   */
  mark(spans) {
    this.#surface.paint(new Map([["word", this.#subject === null ? [] : spans]]));
  }

  /** With the next frame, where the layout that a caret needs is made in any case. */
  #updateSoon() {
    if (this.#waiting) return;
    this.#waiting = true;
    requestAnimationFrame(() => {
      this.#waiting = false;
      this.#update();
    });
  }

  #update() {
    // Whoever is at the button goes on with the word that it is about.
    if (this.#subject === null || document.activeElement === this.#leaveOut) return;
    const pointed = this.#pointed();
    if (pointed !== this.#marked) {
      this.#marked = pointed;
      this.mark(pointed === null ? [] : [pointed]);
    }
    const word = (this.#word = pointed ?? this.#atCaret());
    this.#line.dataset["start"] = word === null ? "" : String(word.start);
    this.#line.replaceChildren(...(word === null ? [HINT] : this.#numbers(word)));
  }

  #pointed() {
    if (this.#pointer === null || this.#subject === null) return null;
    const { x, y } = this.#pointer;
    const offset = this.#surface.offsetAt(x, y);
    const word = offset === null ? null : spanAt(this.#subject.answer.words, offset);
    return word !== null && this.#surface.covers(word, x, y) ? word : null;
  }

  #atCaret() {
    const caret = this.#surface.caret();
    if (caret === null || this.#subject === null) return null;
    return spanAt(this.#subject.answer.words, caret);
  }

  /**
   * @param {WordAnswer} word
   * @returns {(Node | string)[]}
   */
  #numbers(word) {
    const { text, answer, model, index, genre } = /** @type {Subject} */ (this.#subject);
    const name = document.createElement("b");
    name.textContent = text.slice(word.start, word.end);
    const vector = word[model];
    const value = vector?.[index] ?? 0;
    /** @param {number} number */
    const show = (number) => signed(number, decimalsFor(largest(answer, model)));
    const parts = [` ${show(value)} ${direction(value)} ${genre}`];
    for (const [other, who] of MODELS) {
      const theirs = word[other];
      if (other !== model && theirs !== null) {
        parts.push(`${who} says ${show(theirs[index] ?? 0)}`);
      }
    }
    const elsewhere = answer.genres
      .filter((candidate) => candidate.index !== index)
      .map((candidate) => ({ name: candidate.genre, value: vector?.[candidate.index] ?? 0 }))
      .sort((a, b) => Math.abs(b.value) - Math.abs(a.value))
      .slice(0, MOST)
      .filter((candidate) => Math.abs(candidate.value) >= 0.0005)
      .map((candidate) => `${candidate.name} ${show(candidate.value)}`);
    if (elsewhere.length > 0) parts.push(`elsewhere ${elsewhere.join(", ")}`);
    return [name, `${parts.join(" · ")} · `, this.#leaveOut];
  }
}

/** @param {number} value */
function direction(value) {
  if (Math.abs(value) < 0.0005) return "neither way for";
  return value < 0 ? "away from" : "towards";
}
