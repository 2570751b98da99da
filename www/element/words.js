import { stringsFor } from "./strings.js";

/** @import { Answer, GenreAnswer } from "../engine/types.js" */
/** @import { GenreWords } from "../page/genres.js" */
/** @import { PlotLensError } from "../plotlens.js" */
/** @import { Strings } from "./strings.js" */

/**
 * What the element says, in one language.
 *
 * @implements {GenreWords}
 */
export class Words {
  #strings;
  #list;
  #percent;

  /**
   * @param {string} tag the language, by its BCP 47 code
   * @param {Partial<Strings>} own strings that the site has in place of ours
   */
  constructor(tag, own) {
    const { code, strings } = stringsFor(tag);
    this.#strings = { ...strings, ...own };
    this.#list = new Intl.ListFormat(code, { type: "conjunction" });
    this.#percent = new Intl.NumberFormat(code, { style: "percent" });
  }

  /** The strings that need no numbers. */
  get plain() {
    return this.#strings;
  }

  /** @param {string} genre */
  name(genre) {
    return this.#strings.names[genre] ?? genre;
  }

  /** @param {GenreAnswer} genre */
  describe({ genre, probability, threshold, chosen, keywords }) {
    const { chosen: word, threshold: sill, keywords: other } = this.#strings;
    return [
      this.name(genre),
      this.#share(probability),
      ...(chosen ? [word] : []),
      sill(this.#share(threshold)),
      other(this.#share(keywords.probability)),
    ].join(", ");
  }

  /** @param {Answer} answer */
  verdict({ genres, clear }) {
    const chosen = genres.filter((genre) => genre.chosen).map(({ genre }) => this.name(genre));
    return clear ? this.#list.format(chosen) : this.#strings.unclear(chosen[0] ?? "");
  }

  /**
   * What was read, and by whom.
   *
   * @param {string} text
   * @param {Answer} answer
   */
  read(text, { read, model }) {
    const { read: words, unread, keywordsOnly } = this.#strings;
    const parts = [words(read.wordsRead)];
    if (read.truncatedAt !== null) parts.push(unread(text.length - read.truncatedAt));
    const sentence = parts.join("; ");
    return model === "keywords" ? `${sentence}. ${keywordsOnly}` : sentence;
  }

  /** @param {number} share 0 to 1 */
  loading(share) {
    return this.#strings.loading(this.#share(share));
  }

  /** @param {PlotLensError} error */
  error({ code, message }) {
    return this.#strings.errors[code] ?? message;
  }

  /** @param {number} value 0 to 1 */
  #share(value) {
    return this.#percent.format(value);
  }
}
