import { isAnotherText } from "./spans.js";

/** @import { Answer, Predictor } from "../engine/types.js" */

/**
 * @typedef {object} Plot what is read
 * @property {string} title empty where there is none
 * @property {string} text
 */

/** @typedef {Plot & { answer: Answer }} Answered */

/**
 * What is known about the plot that stands on the page. The keyword model is ahead of DistilBERT
 * while one types, so there may be two answers, for two plots.
 */
export class Reading {
  title = "";
  text = "";
  /** @type {Answered | null} */
  #keywords = null;
  /** @type {Answered | null} */
  #both = null;
  /** @type {string | null} the genre that the user chose, or null for the most probable one */
  #picked = null;
  /** @type {string | null} the genre that it is to be compared with */
  #than = null;
  /** @type {Predictor} */
  wish = "blend";
  /** @type {Answered | null} the answer with what its words did when they were taken away */
  tested = null;

  /** @param {Plot} plot */
  edit({ title, text }) {
    if (text === "" || isAnotherText(this.text, text)) {
      this.#picked = null;
      this.#than = null;
    }
    this.title = title;
    this.text = text;
  }

  /**
   * @param {Plot} plot
   * @param {Answer} answer
   */
  take({ title, text }, answer) {
    if (answer.genres[0]?.distilbert) this.#both = { title, text, answer };
    else this.#keywords = { title, text, answer };
  }

  /** Forgets the answers: there is nothing to read any more. */
  forget() {
    this.#keywords = null;
    this.#both = null;
  }

  /** @param {string} genre */
  pick(genre) {
    this.#picked = genre;
  }

  /** @param {string | null} genre to compare the explained one with, or null for none */
  compareWith(genre) {
    this.#than = genre;
  }

  /** The genre that the explained one is compared with, if any. */
  get than() {
    return this.#than === this.genre ? null : this.#than;
  }

  /** Its index into the vectors. */
  get thanIndex() {
    return this.main?.answer.genres.find(({ genre }) => genre === this.than)?.index ?? null;
  }

  /** The answer that the bars show; the last one of both models where there is any. */
  get main() {
    return this.#both ?? this.#keywords;
  }

  /** Whether the bars show an answer to an older plot. */
  get stale() {
    return this.main !== null && !this.isFor(this.main);
  }

  /**
   * Whether something is about the plot as it is now.
   *
   * @param {Plot} plot
   */
  isFor({ title, text }) {
    return title === this.title && text === this.text;
  }

  /** The keyword model's newest answer. */
  get keywords() {
    return this.#both !== null && this.isFor(this.#both) ? this.#both : this.#keywords;
  }

  /** @returns {Predictor} whose reasons are shown */
  get model() {
    if (this.wish === "keywords" || this.#both === null) return "keywords";
    const { explanations, model } = this.#both.answer;
    // A model whose head does not tell its reasons leaves those of the keyword model.
    return [this.wish, model].find((name) => explanations[name] !== null) ?? "keywords";
  }

  /** The answer that is explained. */
  get explained() {
    return this.model === "keywords" ? this.keywords : this.#both;
  }

  /** @returns {"both" | "keywords" | "nothing"} who has answered for the plot as it is now */
  get answeredBy() {
    if (this.#both !== null && this.isFor(this.#both)) return "both";
    return this.#keywords !== null && this.isFor(this.#keywords) ? "keywords" : "nothing";
  }

  /** The genre that is explained. */
  get genre() {
    const genres = this.main?.answer.genres ?? [];
    const picked = genres.find(({ genre }) => genre === this.#picked);
    return (picked ?? genres[0])?.genre ?? "";
  }

  /** Its index into the vectors. */
  get genreIndex() {
    return this.main?.answer.genres.find(({ genre }) => genre === this.genre)?.index ?? 0;
  }
}
