import { isAnotherText } from "./spans.js";

/** @import { Answer, ModelName } from "../engine/types.js" */

/** @typedef {{ text: string, answer: Answer }} Answered */

/**
 * What is known about the text that stands on the page. The keyword model is ahead of DistilBERT
 * while one types, so there may be two answers, for two texts.
 */
export class Reading {
  text = "";
  /** @type {Answered | null} */
  #keywords = null;
  /** @type {Answered | null} */
  #both = null;
  /** @type {string | null} the genre that the user chose, or null for the most probable one */
  #picked = null;
  /** @type {ModelName} */
  wish = "distilbert";

  /** @param {string} text */
  edit(text) {
    if (text === "" || isAnotherText(this.text, text)) this.#picked = null;
    this.text = text;
  }

  /**
   * @param {string} text
   * @param {Answer} answer
   */
  take(text, answer) {
    if (answer.model === "distilbert") this.#both = { text, answer };
    else this.#keywords = { text, answer };
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

  /** The answer that the bars show; DistilBERT's last one where there is any. */
  get main() {
    return this.#both ?? this.#keywords;
  }

  /** Whether the bars show an answer to an older text. */
  get stale() {
    return this.main !== null && this.main.text !== this.text;
  }

  /** The keyword model's newest answer. */
  get keywords() {
    const both = this.#both;
    return both?.text === this.text ? both : this.#keywords;
  }

  /** @returns {ModelName} the model that is explained */
  get model() {
    return this.wish === "distilbert" && this.#both !== null ? "distilbert" : "keywords";
  }

  /** The answer that is explained. */
  get explained() {
    return this.model === "distilbert" ? this.#both : this.keywords;
  }

  /** @returns {ModelName | "nothing"} the best model that has answered for the text as it is now */
  get answeredBy() {
    if (this.#both?.text === this.text) return "distilbert";
    return this.#keywords?.text === this.text ? "keywords" : "nothing";
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
