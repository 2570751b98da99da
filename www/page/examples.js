import { PLOTS } from "./plots.js";

/**
 * One button a plot, and one that brings back the text that a plot, a link or “Clear” replaced.
 */
export class Examples {
  #back = makeButton("Put my text back");
  #replaced = "";

  /**
   * @param {HTMLElement} row
   * @param {(text: string) => void} use
   */
  constructor(row, use) {
    for (const { name, text } of PLOTS) {
      const button = makeButton(name);
      button.addEventListener("click", () => use(text));
      row.append(button);
    }
    this.#back.hidden = true;
    this.#back.addEventListener("click", () => use(this.#replaced));
    row.append(this.#back);
  }

  /**
   * Remembers a text that is about to be replaced, unless it is one of the plots or nothing.
   *
   * @param {string} text
   */
  keep(text) {
    if (text.trim() === "" || PLOTS.some((plot) => plot.text === text)) return;
    this.#replaced = text;
    this.#back.hidden = false;
  }

  /**
   * Hides the way back once it leads nowhere else.
   *
   * @param {string} text what stands there now
   */
  settle(text) {
    if (text === this.#replaced) this.#back.hidden = true;
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
