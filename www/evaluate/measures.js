import { turn } from "./turn.js";

/** @import { Evaluator, Interval, Query, Setting } from "./types.js" */

/** Resamples behind an interval. */
const RESAMPLES = 1000;
/** Rows that are saved at once. */
const SAVED_AT_ONCE = 200;

/** What is asked of the rows that are scored, while others still are. */
export class Measures {
  #core;

  /** @param {() => Promise<Evaluator>} core */
  constructor(core) {
    this.#core = core;
  }

  /** @param {Setting} setting */
  async decisions({ thresholds, without }) {
    return (await this.#core()).decisions(thresholds, without ?? undefined);
  }

  /** @param {Setting} setting */
  async curves({ without }) {
    return (await this.#core()).curves(without ?? undefined);
  }

  /** @param {Setting & { name: string }} request */
  async page({ name, thresholds, without, tuned }) {
    await this.#drawing;
    return (await this.#core()).page(name, thresholds, without ?? undefined, tuned);
  }

  /** @param {Setting} setting */
  async tuned({ thresholds, without }) {
    return (await this.#core()).tuned(thresholds, without ?? undefined);
  }

  /** @param {Setting & { query: Query, most: number }} request */
  async hits({ model, thresholds, without, query, most }) {
    return (await this.#core()).hits(model, thresholds, without ?? undefined, query, most);
  }

  /** @param {{ rows: number[] }} request */
  async rows({ rows }) {
    const evaluator = await this.#core();
    return rows.map((row) => evaluator.row(row));
  }

  /** What the models bring: their genres and thresholds. */
  async basis() {
    const evaluator = await this.#core();
    return { genres: evaluator.genres(), thresholds: evaluator.thresholds() };
  }

  /**
   * The report with all its rows, as a file that can be opened again.
   *
   * @param {Setting & { name: string }} request
   */
  async save({ name, ...setting }) {
    await this.#drawing;
    const evaluator = await this.#core();
    const parts = [evaluator.saveHead(name, setting)];
    for (let row = 0; row < evaluator.rows; row += SAVED_AT_ONCE) {
      parts.push(evaluator.saveRows(row, row + SAVED_AT_ONCE));
      await turn();
    }
    parts.push(evaluator.saveEnd(setting));
    return new Blob(parts, { type: "application/json" });
  }

  #intervalRun = 0;
  /** @type {Promise<Interval[][] | null>} the intervals that were asked for last */
  #drawing = Promise.resolve(null);

  /** @param {Setting} setting */
  intervals(setting) {
    return (this.#drawing = this.#draw(setting));
  }

  /**
   * Draws a little at a time, so that a slider is never waited for; null where another call came.
   *
   * @param {Setting} setting
   */
  async #draw({ thresholds, without }) {
    const run = ++this.#intervalRun;
    const evaluator = await this.#core();
    const step = Math.max(1, Math.min(50, Math.round(20_000 / Math.max(1, evaluator.scored))));
    let found = null;
    for (let drawn = 0; drawn < RESAMPLES;) {
      if (run !== this.#intervalRun) return null;
      drawn = Math.min(drawn + step, RESAMPLES);
      found = evaluator.intervals(thresholds, without ?? undefined, drawn);
      await turn();
    }
    return found;
  }
}
