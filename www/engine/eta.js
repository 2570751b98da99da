/** How far back, in milliseconds, the speed of a download is measured. */
const WINDOW = 5_000;
/** Shorter than this, a speed says nothing. */
const SHORTEST = 500;

/** Tells how long a download still takes, from how fast it went during the last seconds. */
export class Eta {
  /** @type {{ at: number, loaded: number }[]} */
  #samples = [];

  /**
   * @param {number} loaded bytes so far
   * @param {number} total bytes in all
   * @param {number} now milliseconds on any steady clock
   * @returns {number | null} whole seconds left, at least 1 while anything is; null while unknown
   */
  secondsLeft(loaded, total, now) {
    this.#samples.push({ at: now, loaded });
    while (this.#samples.length > 2 && now - this.#first().at > WINDOW) this.#samples.shift();
    const { at, loaded: before } = this.#first();
    if (now - at < SHORTEST || loaded <= before) return null;
    const seconds = ((total - loaded) * (now - at)) / ((loaded - before) * 1000);
    return loaded < total ? Math.max(1, Math.round(seconds)) : 0;
  }

  #first() {
    return /** @type {{ at: number, loaded: number }} */ (this.#samples[0]);
  }
}
