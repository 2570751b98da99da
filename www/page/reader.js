import { asPlotLensError } from "../engine/errors.js";

/** @import { Answer, ModelName } from "../engine/types.js" */
/** @import { PlotLens, PlotLensError } from "../plotlens.js" */
/** @import { Plot } from "./reading.js" */

/** How long typing must rest before DistilBERT is asked, in milliseconds. */
const REST = 220;

/**
 * @typedef {object} Listener
 * @property {(plot: Plot, answer: Answer) => void} answered
 * @property {(plot: Plot, model: ModelName, error: PlotLensError) => void} failed
 */

/**
 * Asks the models about the newest text only: each new text cancels what was asked about older
 * ones, so no old answer can come after a newer one.
 */
export class Reader {
  #lens;
  #listener;
  #latest = new AbortController();

  /**
   * @param {PlotLens} lens
   * @param {Listener} listener
   */
  constructor(lens, listener) {
    this.#lens = lens;
    this.#listener = listener;
  }

  /**
   * @param {Plot} plot
   * @param {{ wait?: boolean }} [options] wait: whether more typing may follow
   */
  read(plot, { wait = true } = {}) {
    this.stop();
    const { signal } = (this.#latest = new AbortController());
    void this.#askKeywords(plot, signal);
    void this.#askBoth(plot, wait ? REST : 0, signal);
  }

  /** Forgets what was asked. */
  stop() {
    this.#latest.abort();
  }

  /**
   * @param {Plot} plot
   * @param {AbortSignal} signal
   */
  async #askKeywords(plot, signal) {
    await this.#ask(plot, "keywords", signal, async () => {
      await this.#lens.keywordsReady;
      signal.throwIfAborted();
      return this.#lens.classifyKeywords(plot.text, { title: plot.title, signal });
    });
  }

  /**
   * @param {Plot} plot
   * @param {number} delay
   * @param {AbortSignal} signal
   */
  async #askBoth(plot, delay, signal) {
    await this.#ask(plot, "distilbert", signal, async () => {
      await new Promise((resolve) => setTimeout(resolve, delay));
      signal.throwIfAborted();
      await this.#lens.ready;
      signal.throwIfAborted();
      return this.#lens.classify(plot.text, { title: plot.title, signal });
    });
  }

  /**
   * @param {Plot} plot
   * @param {ModelName} model
   * @param {AbortSignal} signal
   * @param {() => Promise<Answer>} question
   */
  async #ask(plot, model, signal, question) {
    let answer;
    try {
      answer = await question();
    } catch (error) {
      if (signal.aborted) return;
      return this.#listener.failed(plot, model, asPlotLensError(error, "worker-lost"));
    }
    if (!signal.aborted) this.#listener.answered(plot, answer);
  }
}
