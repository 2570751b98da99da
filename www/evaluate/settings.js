import { counted } from "../page/format.js";
import { button, make } from "./dom.js";
import { NAMES } from "./report.js";

/** @import { Decisions, Setting } from "./types.js" */

/**
 * @typedef {object} Moves what is told of a change of the setting, which is changed already
 * @property {() => void} shown another model is shown
 * @property {() => void} moved thresholds are others
 * @property {() => void} without another genre is left out
 * @property {() => void} tune thresholds are to be tuned on the file
 * @property {() => void} reset thresholds are to be as they were
 */

/** What moves the report: the model, the thresholds, a genre left out. */
export class Settings {
  element = make("div", { className: "settings" });
  #note = make("p", { className: "aside", id: "setting-note", role: "status" });
  #tuned = make(
    "p",
    { className: "alarm", id: "tuned-note" },
    "The thresholds were tuned on this very file: what you see is no test any more.",
  );
  #sliders = make("div");
  #refresh = () => {};
  #moves;

  /** @param {Moves} moves */
  constructor(moves) {
    this.#moves = moves;
  }

  /**
   * @param {Setting} setting changed in place
   * @param {string[]} genres
   * @param {Decisions} decisions
   * @param {HTMLElement} saves
   */
  show(setting, genres, decisions, saves) {
    this.#refresh = () => {
      this.#sliders.replaceChildren(...this.#makeSliders(setting, genres));
      if (setting.tuned) this.element.append(this.#tuned);
      else this.#tuned.remove();
    };
    const presses = make(
      "p",
      {},
      button("Tune on this file", this.#moves.tune),
      " ",
      button("As they were", this.#moves.reset, "quiet"),
    );
    const summary = make("summary", {}, "Thresholds");
    this.element.replaceChildren(
      this.#models(setting, decisions),
      this.#without(setting, genres),
      saves,
      make("details", { className: "thresholds" }, summary, this.#sliders, presses),
      this.#note,
    );
    this.#refresh();
  }

  /** Shows thresholds that were changed elsewhere. */
  refresh() {
    this.#refresh();
  }

  /** @param {Decisions} decisions */
  note({ leftOut, without }) {
    const rows = `${counted(leftOut, "row has", "rows have")} no other genre and ${leftOut === 1 ? "is" : "are"} left out`;
    this.#note.textContent =
      without === null ? "" : `Measured without ${without}${leftOut > 0 ? `; ${rows}` : ""}.`;
  }

  /** @param {Setting} setting @param {Decisions} decisions */
  #models(setting, { models }) {
    const radios = models.map(({ model }, i) => {
      const input = make("input", { type: "radio", name: "evaluated" });
      input.checked = i === setting.model;
      input.addEventListener("change", () => {
        setting.model = i;
        this.#refresh();
        this.#moves.shown();
      });
      return make("label", {}, input, make("span", {}, NAMES[model]));
    });
    const legend = make("legend", { className: "unseen" }, "Which model");
    return make("fieldset", { className: "switch" }, legend, ...radios);
  }

  /** @param {Setting} setting @param {string[]} genres */
  #without(setting, genres) {
    const options = genres.map((genre, i) => make("option", { value: String(i) }, genre));
    const none = make("option", { value: "" }, "None");
    const select = make("select", { id: "without" }, none, ...options);
    select.value = setting.without === null ? "" : String(setting.without);
    select.addEventListener("change", () => {
      setting.without = select.value === "" ? null : Number(select.value);
      this.#moves.without();
    });
    return make("label", { className: "without" }, "Leave out ", select);
  }

  /** @param {Setting} setting @param {string[]} genres */
  #makeSliders(setting, genres) {
    const own = setting.thresholds[setting.model] ?? [];
    const sliders = own.map((threshold, genre) =>
      slider(genres[genre] ?? "", threshold, (value) => {
        own[genre] = value;
        this.#moves.moved();
      }),
    );
    const mean = own.reduce((sum, threshold) => sum + threshold, 0) / Math.max(1, own.length);
    const all = slider("All genres", mean, (value) => {
      own.fill(value);
      for (const { put } of sliders) put(value);
      this.#moves.moved();
    });
    return [all.label, make("div", { className: "sliders" }, ...sliders.map(({ label }) => label))];
  }
}

/**
 * @param {string} name
 * @param {number} threshold
 * @param {(value: number) => void} moved
 */
function slider(name, threshold, moved) {
  const output = make("output");
  const input = make("input", { type: "range", min: "0.01", max: "0.99", step: "0.01" });
  const put = (/** @type {number} */ value) => {
    input.value = String(value);
    output.textContent = value.toFixed(2);
  };
  put(threshold);
  input.addEventListener("input", () => {
    output.textContent = Number(input.value).toFixed(2);
    moved(Number(input.value));
  });
  const label = make("label", { className: "slider" }, make("span", {}, name), input, output);
  return { label, put };
}
