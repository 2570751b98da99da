/**
 * How long a worker may say nothing while something is asked of it, in milliseconds, where the caller
 * sets no other limit. Between two windows of text, tens of milliseconds, it answers what it is asked.
 */
export const SILENCE = 60_000;

/** A machine that slept misses one question, not all of them. */
const QUESTIONS = 6;

/** Notices that a worker has stopped listening: one that runs for ever raises no event. */
export class Watchdog {
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;
  #left = QUESTIONS;
  #silence;
  #ask;
  #hung;

  /**
   * @param {number} silence the longest that is borne, in milliseconds
   * @param {() => void} ask asks for a sign of life
   * @param {() => void} hung told once where none came
   */
  constructor(silence, ask, hung) {
    this.#silence = silence;
    this.#ask = ask;
    this.#hung = hung;
  }

  watch() {
    if (this.#timer !== undefined) return;
    this.heard();
    this.#timer = setInterval(() => this.#tick(), this.#silence / QUESTIONS);
  }

  heard() {
    this.#left = QUESTIONS;
  }

  rest() {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick() {
    this.#left -= 1;
    if (this.#left > 0) return this.#ask();
    this.rest();
    this.#hung();
  }
}
