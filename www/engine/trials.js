import { codeOf } from "./errors.js";

/** @import { Graphics } from "./graphics.js" */
/** @import { Engine, PackedEffects, Trial } from "./types.js" */

/** Variants of a text that a graphics processor reads side by side. */
const TOGETHER = 28;
/** How often a trial tells what it has found, in milliseconds. */
const EVERY = 150;

/**
 * @typedef {object} Outcome
 * @property {(id: number, effects: PackedEffects) => void} found told again and again; `done` equals
 *   `total` the last time
 * @property {(id: number, error: unknown) => void} fail
 * @property {(error: unknown) => void} lost
 */

/** Trials of a text's words, one window at a time, and only while nobody waits for an answer. */
export class Trials {
  /** @type {{ id: number, text: string, title: string | undefined }[]} */
  #waiting = [];
  /** @type {{ id: number, trial: Trial, told: number } | null} */
  #current = null;
  #running = false;
  #engine;
  #graphics;
  #busy;
  #outcome;
  #yield;

  /**
   * @param {() => Engine} engine
   * @param {Pick<Graphics, "inUse" | "run">} graphics
   * @param {() => boolean} busy whether somebody waits for an answer
   * @param {Outcome} outcome
   * @param {() => Promise<void>} yieldToMessages
   */
  constructor(engine, graphics, busy, outcome, yieldToMessages) {
    this.#engine = engine;
    this.#graphics = graphics;
    this.#busy = busy;
    this.#outcome = outcome;
    this.#yield = yieldToMessages;
  }

  /** @param {{ id: number, text: string, title?: string }} request */
  add({ id, text, title }) {
    this.#waiting.push({ id, text, title });
    if (!this.#running) void this.#run();
  }

  /** @param {number} id of a trial to forget; an unknown one is nothing */
  drop(id) {
    this.#waiting = this.#waiting.filter((request) => request.id !== id);
    if (this.#current?.id !== id) return;
    this.#current.trial.free();
    this.#current = null;
  }

  async #run() {
    this.#running = true;
    do {
      await this.#yield();
      if (this.#busy()) continue;
      const id = this.#current?.id ?? this.#waiting[0]?.id ?? 0;
      try {
        await this.#turn();
      } catch (error) {
        if (codeOf(error) === null) {
          this.#waiting = [];
          this.#current = null;
          this.#outcome.lost(error);
        } else {
          this.drop(id);
          this.#outcome.fail(id, error);
        }
      }
    } while (this.#current !== null || this.#waiting.length > 0);
    this.#running = false;
  }

  async #turn() {
    if (this.#current === null) {
      const request = this.#waiting[0];
      if (request === undefined) return;
      const trial = this.#engine().startTrial(request.text, request.title);
      this.#waiting.shift();
      this.#current = { id: request.id, trial, told: performance.now() };
    }
    const current = this.#current;
    const { id, trial, told } = current;
    const windows = this.#graphics.inUse ? trial.nextWindows(TOGETHER) : [];
    const values = windows.length > 0 ? await this.#graphics.run(windows) : null;
    if (this.#current !== current) return; // dropped while it was away
    const over = values === null ? trial.step() : trial.takeWindows(values);
    if (!over && performance.now() - told < EVERY) return;
    if (!over && trial.done === 0) return;
    this.#outcome.found(id, trial.effects());
    current.told = performance.now();
    if (over) this.drop(id);
  }
}
