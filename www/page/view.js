import { disagreements } from "./disagreement.js";
import { noPaint, paintOf } from "./levels.js";
import { agreement, howMuch, verdict } from "./sentences.js";

/** @import { Answer, Predictor } from "../engine/types.js" */
/** @import { Contrast } from "./contrast.js" */
/** @import { GenreList } from "./genres.js" */
/** @import { LoadStatus } from "./load-status.js" */
/** @import { Readout } from "./readout.js" */
/** @import { Answered, Reading } from "./reading.js" */
/** @import { Surface } from "./surface.js" */
/** @import { WhyTable } from "./why.js" */

const QUESTION = "What kind of story is this?";
/** Who is behind the first number of each row. */
const HEADINGS = { blend: "Both", distilbert: "DistilBERT", keywords: "Keywords" };
/** Who painted the words. */
const BY = {
  blend: "by both models",
  distilbert: "by DistilBERT",
  keywords: "by the keyword model",
};
const WELCOME = "Nothing you write here leaves this browser.";

/**
 * @typedef {object} Parts
 * @property {Surface} surface
 * @property {GenreList} genres
 * @property {WhyTable} why
 * @property {Contrast} contrast
 * @property {Readout} readout
 * @property {LoadStatus} loading
 */

/** Shows a reading. Every line of the page that depends on the answer is written here. */
export class View {
  #parts;
  #reading;
  /** @type {readonly string[]} */
  #genreNames = [];

  /**
   * @param {Parts} parts
   * @param {Reading} reading
   */
  constructor(parts, reading) {
    this.#parts = parts;
    this.#reading = reading;
  }

  /** The text has nothing to read, or nothing was asked yet. */
  blank() {
    this.#parts.genres.blank(this.#genreNames);
    this.#parts.why.clear();
    element("contrast-room").hidden = true;
    element("disagreement").hidden = true;
    this.#parts.readout.show(null);
    this.#parts.surface.paint(noPaint().set("unread", []));
    this.progress();
    const { wish } = this.#reading;
    this.#switch(wish === "blend" && element("explained-both").hidden ? "distilbert" : wish);
    setText("main-heading", "");
    delete element("answer").dataset["of"];
    setText("verdict", QUESTION);
    element("verdict").toggleAttribute("data-question", true);
    setText("why-title", "Why?");
    setText("why-note", "The words that made the answer are added up here.");
    this.problem(WELCOME, "");
    this.#legend(null);
    this.note();
  }

  /** @param {readonly string[]} names in model order */
  set genreNames(names) {
    this.#genreNames = names;
    if (this.#reading.main === null) this.#parts.genres.blank(names);
  }

  /** Shows everything anew. */
  answer() {
    const { main } = this.#reading;
    if (main === null) return this.blank();
    this.progress();
    setText("verdict", verdict(main.answer));
    element("verdict").toggleAttribute("data-question", false);
    const { model } = main.answer;
    setText("main-heading", HEADINGS[model]);
    element("answer").dataset["of"] = model;
    const { distilbert, blend } = main.answer.explanations;
    if (distilbert !== null) element("explained-both").hidden = blend === null;
    this.note();
    this.#howMuch();
    this.why();
  }

  /** The text has changed; its answer is to come. */
  edited() {
    this.#parts.readout.pause();
    this.progress();
  }

  /** Says on the page which model has read the text as it is now. */
  progress() {
    element("answer").dataset["by"] = this.#reading.answeredBy;
  }

  /** Shows why, for the genre and the model that are chosen. */
  why() {
    const { explained, genre, model, genreIndex, main } = this.#reading;
    const { than, thanIndex } = this.#reading;
    const { surface, why, readout, contrast } = this.#parts;
    if (explained === null || main === null) return;
    this.#bars(main.answer);
    setText("why-title", than === null ? `Why ${genre}?` : `Why ${genre} rather than ${than}?`);
    contrast.show(main.answer, genre, than);
    element("contrast-room").hidden = false;
    setText("why-note", whose(model, this.#reading));
    this.#switch(model);
    this.#legend(genre);
    // Offsets into an older text would paint the wrong words: the paint that is there moves along.
    if (!this.#reading.isFor(explained)) return readout.pause();
    const { text, answer } = explained;
    why.show(text, answer, model, genreIndex, thanIndex);
    this.#disagreement(main);
    const from = answer.read.truncatedAt;
    const unread = from === null ? [] : [{ start: from, end: text.length }];
    const { tested } = this.#reading;
    const shown = tested !== null && this.#reading.isFor(tested) ? tested.answer : answer;
    surface.paint(paintOf(shown, model, genreIndex).set("unread", unread));
    readout.show({ text, answer: shown, model, index: genreIndex, genre });
  }

  /** @param {Answered} main */
  #disagreement({ text, answer }) {
    const items = disagreements(text, answer).map((sentence) => {
      const item = document.createElement("li");
      item.textContent = sentence;
      return item;
    });
    element("disagreement-list").replaceChildren(...items);
    element("disagreement").hidden = items.length === 0;
  }

  /** @param {Answer} answer */
  #bars(answer) {
    const { genre, keywords, stale } = this.#reading;
    const { genres } = this.#parts;
    genres.show(answer, genre);
    if (keywords !== null && answer.model !== "keywords") genres.showKeywords(keywords.answer);
    genres.stale = stale;
  }

  /**
   * A sentence in place of the count of words.
   *
   * @param {string} sentence
   * @param {string} code
   */
  problem(sentence, code) {
    setText("status", sentence);
    element("status").dataset["code"] = code;
  }

  /** The line below the verdict: the loading while it lasts, then whether the models agree. */
  note() {
    const { loading } = this.#parts;
    const main = this.#reading.main;
    const otherwise = main === null ? "" : agreement(main.answer);
    setText("note-text", loading.sentence || otherwise);
    element("note").toggleAttribute("data-failed", loading.failed);
  }

  #howMuch() {
    const newest = this.#reading.stale ? this.#reading.keywords : this.#reading.main;
    if (newest !== null) this.problem(howMuch(newest.text, newest.answer), "");
  }

  /**
   * Shows which model is explained, be it the one that was wished for or not.
   *
   * @param {Predictor} model
   */
  #switch(model) {
    for (const choice of element("explained").querySelectorAll("input")) {
      choice.checked = choice.value === model;
    }
  }

  /** @param {string | null} genre */
  #legend(genre) {
    const { explained, model } = this.#reading;
    setText("legend-for", `pushes towards ${genre ?? "the genre"}`);
    const how = this.#reading.tested === null ? "" : ", as tested";
    setText("legend-model", genre === null ? "" : `${BY[model]}${how}`);
    element("legend-unread").hidden = (explained?.answer.read.truncatedAt ?? null) === null;
  }
}

/**
 * @param {Predictor} model
 * @param {Reading} reading
 */
function whose(model, reading) {
  if (model === "blend") return "Both models’ reasons, weighted as they are in the answer.";
  if (model === "distilbert") return "DistilBERT’s own reasons, traced back to the words.";
  if (reading.wish === "keywords") return "The keyword model’s own reasons.";
  return "The keyword model’s reasons, for now.";
}

/** @param {string} id */
export function element(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/**
 * @param {string} id
 * @param {string} text
 */
export function setText(id, text) {
  const target = element(id);
  if (target.textContent !== text) target.textContent = text;
}
