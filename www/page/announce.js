/** Long enough for a screen reader to notice that the region was emptied, in milliseconds. */
const GAP = 80;

/** A polite voice for screen readers: the last of several quick messages is the one that is said. */
export class Announcer {
  #region;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {HTMLElement} region an `aria-live` region */
  constructor(region) {
    this.#region = region;
  }

  /**
   * @param {string} message
   * @param {number} [delay] milliseconds of quiet to wait for
   */
  say(message, delay = GAP) {
    clearTimeout(this.#timer);
    this.#region.textContent = "";
    this.#timer = setTimeout(() => {
      this.#region.textContent = message;
    }, delay);
  }
}
