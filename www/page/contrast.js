/** @import { Answer } from "../engine/types.js" */

/** “Rather than”: the genre that the explained one is compared with. */
export class Contrast {
  #select;

  /**
   * @param {HTMLSelectElement} select
   * @param {(genre: string | null) => void} chosen
   */
  constructor(select, chosen) {
    this.#select = select;
    select.addEventListener("change", () => chosen(select.value === "" ? null : select.value));
  }

  /**
   * @param {Answer} answer
   * @param {string} genre the explained one
   * @param {string | null} than the one it is compared with
   */
  show(answer, genre, than) {
    const others = answer.genres.map((row) => row.genre).filter((name) => name !== genre);
    const names = ["", ...others];
    const options = [...this.#select.options].map(({ value }) => value);
    // Made anew under an open list, the options would close it.
    if (names.join() !== options.join()) {
      const make = (/** @type {string} */ name) => new Option(name === "" ? "nothing" : name, name);
      this.#select.replaceChildren(...names.map(make));
    }
    this.#select.value = than ?? "";
  }
}
