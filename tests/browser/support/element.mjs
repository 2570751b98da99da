/**
 * Whether both models have answered for an element; to be asked in the page.
 *
 * @param {string} [selector]
 */
export function isAnswered(selector = "plot-lens") {
  const element = /** @type {any} */ (document.querySelector(selector));
  return element?.answer != null && element.answer.model !== "keywords";
}

/**
 * What an element shows; to be asked in the page.
 *
 * @param {string} [selector]
 */
export function looksOf(selector = "plot-lens") {
  const element = /** @type {any} */ (document.querySelector(selector));
  const { shadowRoot } = element;
  const texts = (/** @type {string} */ part) =>
    [...shadowRoot.querySelectorAll(part)].map((found) => found.textContent);
  return {
    verdict: texts(".verdict")[0],
    note: texts(".note p")[0],
    names: texts(".genre .name"),
    labels: [...shadowRoot.querySelectorAll(".genre")].map((row) => row.ariaLabel),
    chosen: element.chosen,
    retry: !shadowRoot.querySelector(".note button").hidden,
    visible: getComputedStyle(shadowRoot.querySelector(".plot-lens")).display !== "none",
  };
}
