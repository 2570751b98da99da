import { PLOTS } from "./plots.js";

/** @import { Plot } from "./reading.js" */

/**
 * One button a plot, and one that brings back the text that a plot, a link or “Clear” replaced.
 */
export class Examples {
  #back = makeButton("Put my text back");
  /** @type {Plot} */
  #replaced = { title: "", text: "" };

  /**
   * @param {HTMLElement} row
   * @param {(plot: Plot) => void} use
   */
  constructor(row, use) {
    for (const { name, text } of PLOTS) {
      const button = makeButton(name);
      button.addEventListener("click", () => use({ title: "", text }));
      row.append(button);
    }
    this.#back.hidden = true;
    this.#back.addEventListener("click", () => use(this.#replaced));
    row.append(this.#back);
  }

  /**
   * Remembers a plot that is about to be replaced, unless it is one of ours or nothing.
   *
   * @param {Plot} plot
   */
  keep(plot) {
    const nothing = `${plot.title}${plot.text}`.trim() === "";
    const ours = plot.title === "" && PLOTS.some(({ text }) => plot.text === text);
    if (nothing || ours) return;
    this.#replaced = plot;
    this.#back.hidden = false;
  }

  /**
   * Hides the way back once it leads nowhere else.
   *
   * @param {Plot} plot what stands there now
   */
  settle({ title, text }) {
    if (title === this.#replaced.title && text === this.#replaced.text) this.#back.hidden = true;
  }
}

/** @param {string} label */
function makeButton(label) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet";
  button.textContent = label;
  return button;
}
