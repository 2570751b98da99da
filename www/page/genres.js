import { percent, percentInWords } from "./format.js";

/** @import { Classification, GenreAnswer, ModelAnswer, Predictor } from "../engine/types.js" */

/** How many rows there are before the manifest has come. */
const ROWS = 21;

/**
 * @typedef {object} GenreWords what the rows say in some language
 * @property {(genre: string) => string} name
 * @property {(genre: GenreAnswer, model: Predictor) => string} describe a row for a screen reader
 */

/** @type {GenreWords} */
const ENGLISH = { name: (genre) => genre, describe };

/**
 * The bars: a listbox with one row a rank. Rows stay where they are and change what they say, so
 * that nothing moves; the focus follows the genre from row to row.
 */
export class GenreList {
  #list;
  #choose;
  /** What the rows say from the next `show` on. */
  words;
  /** @type {HTMLElement[]} */
  #rows = [];
  /** @type {string[]} genre of each row */
  #order = [];
  /** @type {string | null} */
  #selected = null;

  /**
   * @param {HTMLElement} list
   * @param {(genre: string) => void} choose
   * @param {{ rows?: number, words?: GenreWords }} [options] rows: how many until there are genres
   */
  constructor(list, choose, { rows = ROWS, words = ENGLISH } = {}) {
    this.#list = list;
    this.#choose = choose;
    this.words = words;
    this.#grow(rows);
    list.addEventListener("click", (event) => {
      const row = event.target instanceof Element ? event.target.closest(".genre") : null;
      const at = this.#rows.indexOf(/** @type {HTMLElement} */ (row));
      if (at >= 0) this.#pick(at);
    });
    list.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /**
   * Rows without an answer.
   *
   * @param {readonly string[]} genres
   */
  blank(genres) {
    this.#grow(genres.length || ROWS);
    this.#order = [...genres];
    this.#selected = null;
    this.stale = false;
    this.#rows.forEach((row, i) => {
      const name = this.words.name(genres[i] ?? "");
      fill(row, { name, percent: "", distilbert: "", keywords: "" });
      for (const mark of /** @type {(keyof typeof MARKS)[]} */ (Object.keys(MARKS)))
        set(row, mark, 0);
      row.toggleAttribute("data-blank", true);
      row.toggleAttribute("data-chosen", false);
      row.toggleAttribute("data-last-chosen", false);
      row.setAttribute("aria-label", name);
      row.setAttribute("aria-selected", "false");
      row.tabIndex = -1;
    });
  }

  /**
   * @param {Classification} answer
   * @param {string} selected the genre that is explained
   */
  show(answer, selected) {
    const hadFocus = this.#list.querySelector(":focus") !== null;
    this.#grow(answer.genres.length);
    this.#order = answer.genres.map(({ genre }) => genre);
    this.#selected = selected;
    const lastChosen = answer.genres.findLastIndex(({ chosen }) => chosen);
    answer.genres.forEach((genre, i) => {
      const row = /** @type {HTMLElement} */ (this.#rows[i]);
      fill(row, {
        name: this.words.name(genre.genre),
        percent: percent(genre.probability),
        distilbert: hundredths(genre.distilbert),
        keywords: hundredths(genre.keywords),
      });
      set(row, "probability", genre.probability);
      set(row, "threshold", genre.threshold);
      set(row, "distilbert", genre.distilbert?.probability ?? 0);
      set(row, "keywords", genre.keywords.probability);
      row.toggleAttribute("data-blank", false);
      row.toggleAttribute("data-chosen", genre.chosen);
      row.toggleAttribute("data-last-chosen", i === lastChosen);
      row.setAttribute("aria-label", this.words.describe(genre, answer.model));
      row.setAttribute("aria-selected", String(genre.genre === selected));
      row.tabIndex = genre.genre === selected ? 0 : -1;
    });
    if (hadFocus) this.#rows[this.#order.indexOf(selected)]?.focus();
  }

  /**
   * Moves the keyword model's marks alone, while DistilBERT has not seen the newest text.
   *
   * @param {Classification} answer
   */
  showKeywords(answer) {
    for (const { genre, keywords } of answer.genres) {
      const row = this.#rows[this.#order.indexOf(genre)];
      if (row === undefined) continue;
      set(row, "keywords", keywords.probability);
      fill(row, { keywords: hundredths(keywords) });
    }
  }

  /** @param {boolean} stale whether the bars are still those of an older text */
  set stale(stale) {
    this.#list.toggleAttribute("data-stale", stale);
  }

  /** @param {number} count */
  #grow(count) {
    while (this.#rows.length < count) {
      const row = makeRow();
      this.#rows.push(row);
      this.#list.append(row);
    }
    while (this.#rows.length > count) this.#rows.pop()?.remove();
  }

  /** @param {number} at */
  #pick(at) {
    const genre = this.#order[at];
    if (this.#selected === null || genre === undefined) return;
    this.#choose(genre);
    this.#rows[at]?.focus({ preventScroll: true });
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || this.#selected === null) return;
    const now = this.#order.indexOf(this.#selected);
    const last = this.#order.length - 1;
    /** @type {Record<string, number>} */
    const goals = {
      ArrowDown: Math.min(now + 1, last),
      ArrowUp: Math.max(now - 1, 0),
      Home: 0,
      End: last,
    };
    const goal = goals[event.key] ?? this.#byLetter(event.key, now);
    if (goal === undefined) return;
    event.preventDefault();
    this.#pick(goal);
    this.#rows[goal]?.scrollIntoView({ block: "nearest" });
  }

  /**
   * The next genre that begins with a letter.
   *
   * @param {string} key
   * @param {number} now
   */
  #byLetter(key, now) {
    if (key.length !== 1 || key === " ") return undefined;
    const count = this.#order.length;
    for (let step = 1; step <= count; step += 1) {
      const at = (now + step) % count;
      const name = this.words.name(this.#order[at] ?? "");
      if (name.toLowerCase().startsWith(key.toLowerCase())) return at;
    }
    return undefined;
  }
}

/** The part of a row that shows each number on the track. */
const MARKS = {
  probability: "bar",
  threshold: "threshold",
  distilbert: "diamond",
  keywords: "ring",
};

function makeRow() {
  const row = document.createElement("div");
  row.className = "genre";
  row.setAttribute("role", "option");
  row.setAttribute("aria-selected", "false");
  const parts = ["name", "track", "percent", "distilbert", "keywords"].map(span);
  parts[1]?.append(...Object.values(MARKS).map(span));
  row.append(...parts);
  return row;
}

/**
 * A percentage without its sign, for the narrow columns.
 *
 * @param {ModelAnswer | null} opinion
 */
function hundredths(opinion) {
  return opinion === null ? "" : percent(opinion.probability).replace(/\s*%$/, "");
}

/** @param {string} name */
function span(name) {
  const element = document.createElement("span");
  element.className = name;
  return element;
}

/**
 * @param {HTMLElement} row
 * @param {Record<string, string>} texts by the class of the part
 */
function fill(row, texts) {
  for (const [name, text] of Object.entries(texts)) {
    const target = part(row, name);
    if (target.textContent !== text) target.textContent = text;
  }
}

/**
 * @param {HTMLElement} row
 * @param {string} name
 */
function part(row, name) {
  return /** @type {HTMLElement} */ (row.querySelector(`.${name}`));
}

/**
 * Moves a mark: not by a property of the row, which every part of it would inherit anew.
 *
 * @param {HTMLElement} row
 * @param {keyof typeof MARKS} name
 * @param {number} value from 0 to 1, along the track
 */
function set(row, name, value) {
  const moved =
    name === "probability"
      ? `scaleX(${value.toFixed(4)})`
      : `translateX(${(100 * value).toFixed(2)}%)`;
  part(row, MARKS[name]).style.transform = moved;
}

/**
 * @param {GenreAnswer} genre
 * @param {Predictor} model
 */
function describe({ genre, probability, threshold, chosen, keywords, distilbert }, model) {
  const parts = [
    `${genre}, ${percentInWords(probability)}`,
    chosen ? "chosen" : "",
    `threshold ${percentInWords(threshold)}`,
    model === "blend" && distilbert ? `DistilBERT ${percentInWords(distilbert.probability)}` : "",
    model === "keywords" ? "" : `keyword model ${percentInWords(keywords.probability)}`,
  ];
  return parts.filter((text) => text !== "").join(", ");
}
