import { asPlotLensError } from "../engine/errors.js";

/** @import { Answer, ModelName } from "../engine/types.js" */
/** @import { PlotLens, PlotLensError } from "../plotlens.js" */

/** How long typing must rest before DistilBERT is asked, in milliseconds. */
const REST = 220;

/**
 * @typedef {object} Listener
 * @property {(text: string, answer: Answer) => void} answered `answer.model` says who answered
 * @property {(text: string, model: ModelName, error: PlotLensError) => void} failed
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
   * @param {string} text
   * @param {{ wait?: boolean }} [options] wait: whether more typing may follow
   */
  read(text, { wait = true } = {}) {
    this.stop();
    const { signal } = (this.#latest = new AbortController());
    void this.#askKeywords(text, signal);
    void this.#askBoth(text, wait ? REST : 0, signal);
  }

  /** Forgets what was asked. */
  stop() {
    this.#latest.abort();
  }

  /**
   * @param {string} text
   * @param {AbortSignal} signal
   */
  async #askKeywords(text, signal) {
    await this.#ask(text, "keywords", signal, async () => {
      await this.#lens.keywordsReady;
      signal.throwIfAborted();
      return this.#lens.classifyKeywords(text, { signal });
    });
  }

  /**
   * @param {string} text
   * @param {number} delay
   * @param {AbortSignal} signal
   */
  async #askBoth(text, delay, signal) {
    await this.#ask(text, "distilbert", signal, async () => {
      await new Promise((resolve) => setTimeout(resolve, delay));
      signal.throwIfAborted();
      await this.#lens.ready;
      signal.throwIfAborted();
      return this.#lens.classify(text, { signal });
    });
  }

  /**
   * @param {string} text
   * @param {ModelName} model
   * @param {AbortSignal} signal
   * @param {() => Promise<Answer>} question
   */
  async #ask(text, model, signal, question) {
    try {
      const answer = await question();
      if (!signal.aborted) this.#listener.answered(text, answer);
    } catch (error) {
      if (signal.aborted) return;
      this.#listener.failed(text, model, asPlotLensError(error, "worker-lost"));
    }
  }
}
