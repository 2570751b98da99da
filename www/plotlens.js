import { Bridge } from "./engine/bridge.js";
import { asPlotLensError, PlotLensError } from "./engine/errors.js";
import { spawn } from "./engine/spawn.js";

export { PlotLensError };

/** @import { DeviceWish, ModelName, PackedEffects, Slot } from "./engine/types.js" */
/** @typedef {import("./engine/types.js").Answer} Answer */
/** @typedef {import("./engine/types.js").Device} Device */
/** @typedef {import("./engine/types.js").GenreAnswer} GenreAnswer */
/** @typedef {import("./engine/types.js").Manifest} Manifest */
/** @typedef {import("./engine/types.js").Progress} Progress */
/** @typedef {import("./engine/types.js").WordAnswer} WordAnswer */

/**
 * What `open` and `load` are told; all of it may be left out.
 *
 * @typedef {object} LoadOptions
 * @property {DeviceWish} [device] what runs DistilBERT: `cpu`; `webgpu`, the graphics processor, which
 *   fails where there is none or it is not right; or `auto`, which is the processor until the graphics
 *   processor was seen to be right and faster. `Answer.device` says what it was
 * @property {(device: Device) => void} [onDevice] told of what runs DistilBERT, and why, at every change
 * @property {"tract"} [engine] runs DistilBERT on tract, an independent and slower engine that gives
 *   no reasons, to check our own with; fetched only then, and not every site holds it
 * @property {string | URL} [model] the folder of the models, where it is not the one that came with
 *   this file; relative to the page
 * @property {(progress: Progress) => void} [onProgress] told while something is loaded
 * @property {AbortSignal} [signal] stops the loading
 * @property {number} [silence] how long the worker may say nothing while something is asked of it, in
 *   milliseconds, before it is replaced; 60 000 where left out. A long text is no silence. To limit a
 *   single call give it `AbortSignal.timeout(milliseconds)`
 */

/**
 * What may be said along with a text.
 *
 * @typedef {object} ClassifyOptions
 * @property {string} [title] the film's title, where it is known: it is read before the text
 * @property {AbortSignal} [signal] ends the asking
 */

/**
 * Which genres a plot belongs to, by two models that run in a worker of this browser. Every failure
 * is a `PlotLensError` with a `code`; no failure is remembered: the next call starts anew.
 */
export class PlotLens {
  /** @type {Record<ModelName, Slot>} */
  #slots = { keywords: idle(), distilbert: idle() };
  #bridge;
  /** @type {string} the worker's name, from which it learns which engine it is to run */
  #worker;
  /** @type {Manifest | null} */
  #manifest = null;
  #closed = false;
  #onDevice;
  #onProgress;
  /** @type {DeviceWish} */
  #wish;
  /** @type {Device | null} */
  #device = null;
  /** @type {Device | null} the graphics processor as it was given up */
  #givenUp = null;
  /** @type {string | undefined} */
  #folder;
  /** After the loss of a worker that had everything: the next one takes what the browser has stored. */
  #stored = false;

  /**
   * Use `open` or `load`.
   *
   * @internal
   * @param {LoadOptions} options
   */
  constructor({ device = "auto", engine, model, onDevice, onProgress, silence } = {}) {
    if (!["auto", "cpu", "webgpu"].includes(device)) throw new PlotLensError("bad-argument");
    if (engine !== undefined && engine !== "tract") throw new PlotLensError("bad-argument");
    if (silence !== undefined && !(silence > 0 && silence < 2 ** 31)) {
      throw new PlotLensError("bad-argument", "“silence” is a number of milliseconds above 0.");
    }
    this.#worker = engine ?? "plotlens";
    this.#bridge = new Bridge(
      () => spawn(new URL("./engine/worker.js", import.meta.url), this.#worker),
      () => this.#lose(),
      (found) => this.#take(found),
      silence,
    );
    // tract runs on the processor alone.
    this.#wish = engine === undefined ? device : "cpu";
    this.#onDevice = onDevice;
    this.#onProgress = onProgress;
    this.#folder = model === undefined ? undefined : folderUrl(model);
  }

  /**
   * Starts loading and returns at once; see `keywordsReady` and `ready`.
   *
   * @param {LoadOptions} [options]
   * @throws {PlotLensError} `bad-argument`
   */
  static open(options = {}) {
    const lens = new PlotLens(options);
    void lens.retry({ signal: options.signal }).catch(() => {});
    return lens;
  }

  /**
   * Loads both models.
   *
   * @param {LoadOptions} [options]
   * @throws {PlotLensError} `network`, `http-status`, `aborted`, `model-damaged`, `wasm-unsupported`,
   *   `simd-missing`, `engine-missing`, `webgpu-unavailable`, `webgpu-failed`, …
   */
  static async load(options = {}) {
    const lens = new PlotLens(options);
    try {
      await lens.retry({ signal: options.signal });
      return lens;
    } catch (error) {
      lens.close();
      throw error;
    }
  }

  /** Settles when the keyword model can answer, or could not be loaded. */
  get keywordsReady() {
    return this.#settled("keywords");
  }

  /** Settles when both models can answer, or could not be loaded. */
  get ready() {
    return this.#settled("distilbert");
  }

  /** The genres and the model files with their sizes in bytes; null before the keyword model is there. */
  get manifest() {
    return this.#manifest;
  }

  /** What runs DistilBERT, and why; null before it is known. */
  get device() {
    return this.#device;
  }

  /**
   * Loads whatever is not loaded; gives the new `ready`.
   *
   * @param {{ signal?: AbortSignal | undefined }} [options]
   * @returns {Promise<void>}
   */
  retry({ signal } = {}) {
    return this.#ensure("distilbert", signal);
  }

  /**
   * Asks both models, once both are loaded.
   *
   * @param {string} text offsets in the answer are UTF-16 offsets into it
   * @param {ClassifyOptions} [options]
   * @returns {Promise<Answer>}
   * @throws {PlotLensError} `text-empty`, `text-too-short`, `text-no-words`, `text-unreadable`,
   *   `aborted`, `worker-lost`, `timed-out`, `closed`, or why a model could not be loaded
   */
  async classify(text, { title, signal } = {}) {
    return this.#classify({ text, title }, "distilbert", signal);
  }

  /**
   * Asks the keyword model alone: it is ready long before DistilBERT and answers within milliseconds.
   *
   * @param {string} text
   * @param {ClassifyOptions} [options]
   * @returns {Promise<Answer>}
   * @throws {PlotLensError} as `classify`
   */
  async classifyKeywords(text, { title, signal } = {}) {
    return this.#classify({ text, title }, "keywords", signal);
  }

  /**
   * Takes the words of a text away in turn, sentences first, and tells by how much each genre's logit
   * falls for each word. Other questions go first; it ends when `signal` aborts.
   *
   * @param {string} text
   * @param {ClassifyOptions & { onFound?: (effects: PackedEffects) => void }} [options] onFound: told
   *   of what is known so far, coarse at first
   * @returns {Promise<PackedEffects>}
   * @throws {PlotLensError} as `classify`
   */
  async test(text, { title = "", signal, onFound } = {}) {
    if (typeof text !== "string" || typeof title !== "string") {
      throw new PlotLensError("bad-argument");
    }
    return this.#ask("distilbert", signal, () =>
      this.#bridge.trial({ text, title }, signal, onFound),
    );
  }

  /** Ends the worker and gives its memory back; whatever is pending fails with `closed`. */
  close() {
    this.#closed = true;
    this.#bridge.close();
  }

  /**
   * @param {{ text: string, title: string | undefined }} plot
   * @param {ModelName} model
   * @param {AbortSignal | undefined} signal
   */
  async #classify({ text, title = "" }, model, signal) {
    if (typeof text !== "string" || typeof title !== "string") {
      throw new PlotLensError("bad-argument");
    }
    const asked = model === "keywords" ? "keywords" : "all";
    return this.#ask(model, signal, () => this.#bridge.classify({ text, title }, asked, signal));
  }

  /**
   * Asks; and once more where the worker broke or hung, because another text may have been to blame.
   *
   * @template T
   * @param {ModelName} model
   * @param {AbortSignal | undefined} signal
   * @param {() => Promise<T>} question
   * @returns {Promise<T>}
   */
  async #ask(model, signal, question) {
    try {
      await unlessAborted(this.#ensure(model), signal);
      return await question();
    } catch (error) {
      if (!isLoss(error) || signal?.aborted) throw error;
    }
    try {
      await unlessAborted(this.#ensure(model), signal);
      return await question();
    } catch (error) {
      throw isLoss(error) ? new PlotLensError(error.code, TWICE, { cause: error }) : error;
    }
  }

  /** @param {Device} device */
  #take(device) {
    // What failed here once is not tried again, not even by the next worker.
    if (device.why === "failed" && this.#wish === "auto") {
      this.#wish = "cpu";
      this.#givenUp = device;
    }
    // The next worker knows only that the processor was asked for.
    this.#device = this.#givenUp ?? device;
    this.#onDevice?.(this.#device);
  }

  /** What was loaded is loaded again by whoever asks next. */
  #lose() {
    for (const name of /** @type {ModelName[]} */ (["keywords", "distilbert"])) {
      const ready = this.#slots[name].state === "ready";
      this.#stored = ready;
      this.#slots[name] = { ...idle(), state: ready ? "lost" : "idle" };
    }
  }

  /** @param {ModelName} model */
  #settled(model) {
    const { state, promise } = this.#slots[model];
    return state === "lost" ? this.#ensure(model) : promise;
  }

  /**
   * @param {ModelName} model
   * @param {AbortSignal | undefined} [signal]
   * @returns {Promise<void>}
   */
  #ensure(model, signal) {
    if (this.#closed) return Promise.reject(new PlotLensError("closed"));
    const slot = this.#slots[model];
    if (slot.state === "loading" || slot.state === "ready") return slot.promise;
    /** @type {Slot} */
    const next = { state: "loading", promise: this.#load(model, signal) };
    this.#slots[model] = next;
    next.promise.then(
      () => (next.state = "ready"),
      () => (next.state = "failed"),
    );
    return next.promise;
  }

  /**
   * @param {ModelName} model
   * @param {AbortSignal | undefined} signal
   */
  async #load(model, signal) {
    if (model === "distilbert") await this.#ensure("keywords", signal);
    const options = {
      signal,
      stored: this.#stored,
      folder: this.#folder,
      device: this.#wish,
      onProgress: this.#onProgress,
    };
    try {
      this.#manifest = await this.#bridge.load(model, options);
    } catch (error) {
      this.#stored = false;
      throw asPlotLensError(error, "worker-lost");
    }
  }
}

const TWICE =
  "The part that does the reading stopped twice at this text. Your text is safe; shorten or change it, then try again.";

/**
 * @param {unknown} error
 * @returns {error is PlotLensError}
 */
function isLoss(error) {
  return error instanceof PlotLensError && ["worker-lost", "timed-out"].includes(error.code);
}

/** @param {string | URL} model */
function folderUrl(model) {
  try {
    const url = new URL(model, document.baseURI);
    if (!url.pathname.endsWith("/")) url.pathname += "/";
    return url.href;
  } catch (cause) {
    throw new PlotLensError("bad-argument", "The models' folder needs an address.", { cause });
  }
}

/** @returns {Slot} */
function idle() {
  const promise = Promise.reject(new PlotLensError("worker-lost"));
  promise.catch(() => {});
  return { state: "idle", promise };
}

/**
 * @template T
 * @param {Promise<T>} promise goes on whatever happens; only the waiting for it ends
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<T>}
 */
function unlessAborted(promise, signal) {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(new PlotLensError("aborted"));
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
