import { PlotLensError } from "./errors.js";
import { unpack } from "./unpack.js";
import { SILENCE, Watchdog } from "./watchdog.js";

/** @import { Answer, Device, DeviceWish, Manifest, ModelName, PackedEffects, Progress, Question, Reply } from "./types.js" */

/**
 * @typedef {object} Pending
 * @property {(value: any) => void} resolve
 * @property {(error: PlotLensError) => void} reject
 * @property {((progress: any) => void) | undefined} onProgress
 */

/**
 * Promises over one worker. A failed call touches no other; a worker that breaks rejects what is
 * pending with `worker-lost`, one that stops listening with `timed-out`, and either is replaced by a
 * fresh, empty one at the next call.
 */
export class Bridge {
  /** @type {Worker | null} */
  #worker = null;
  /** @type {Map<number, Pending>} */
  #pending = new Map();
  #nextId = 1;
  #spawn;
  #onLost;
  #onDevice;
  #watchdog;
  #closed = false;

  /**
   * @param {() => Worker} spawn
   * @param {() => void} onLost told before the pending calls are rejected
   * @param {(device: Device) => void} onDevice told when something else runs DistilBERT
   * @param {number} [silence] how long the worker may say nothing while calls are pending, in milliseconds
   */
  constructor(spawn, onLost, onDevice, silence = SILENCE) {
    this.#spawn = spawn;
    this.#onLost = onLost;
    this.#onDevice = onDevice;
    this.#watchdog = new Watchdog(
      silence,
      () => this.#worker?.postMessage({ type: "ping" }),
      () => this.#lose("timed-out"),
    );
  }

  /**
   * @param {ModelName} model
   * @param {{ stored?: boolean, folder?: string | undefined, device?: DeviceWish, signal?: AbortSignal | undefined, onProgress?: ((progress: Progress) => void) | undefined }} options
   *   stored: whether the browser's stored copies will do; folder: of the models, where not the usual one
   * @returns {Promise<Manifest>}
   */
  load(model, { stored = false, folder, device = "auto", signal, onProgress }) {
    return this.#call({ type: "load", model, stored, folder, device }, signal, onProgress);
  }

  /**
   * @param {{ text: string, title?: string }} plot
   * @param {"keywords" | "all"} model
   * @param {AbortSignal | undefined} signal
   * @returns {Promise<Answer>}
   */
  async classify(plot, model, signal) {
    return unpack(await this.#call({ type: "classify", model, ...plot }, signal));
  }

  /**
   * @param {{ text: string, title?: string }} plot
   * @param {AbortSignal | undefined} signal
   * @param {((effects: PackedEffects) => void) | undefined} onFound told of what is known so far
   * @returns {Promise<PackedEffects>}
   */
  trial(plot, signal, onFound) {
    return this.#call({ type: "trial", ...plot }, signal, onFound);
  }

  /** Ends the worker for good; whatever is pending, or is asked later, fails with `closed`. */
  close() {
    this.#closed = true;
    this.#end("closed");
  }

  /**
   * Ends the worker and rejects what is pending.
   *
   * @param {string} code
   */
  #end(code) {
    this.#worker?.terminate();
    this.#worker = null;
    this.#watchdog.rest();
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of pending) reject(new PlotLensError(code));
  }

  /**
   * @param {Question} request
   * @param {AbortSignal | undefined} signal
   * @param {(progress: any) => void} [onProgress]
   * @returns {Promise<any>}
   */
  #call(request, signal, onProgress) {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new PlotLensError("closed"));
      if (signal?.aborted) return reject(new PlotLensError("aborted"));
      const id = this.#nextId++;
      const worker = (this.#worker ??= this.#make());
      const abort = () => {
        this.#forget(id);
        worker.postMessage({ id, type: "abort" });
        reject(new PlotLensError("aborted"));
      };
      const settle = () => signal?.removeEventListener("abort", abort);
      signal?.addEventListener("abort", abort, { once: true });
      this.#pending.set(id, {
        resolve: (value) => (settle(), resolve(value)),
        reject: (error) => (settle(), reject(error)),
        onProgress,
      });
      worker.postMessage({ ...request, id });
      this.#watchdog.watch();
    });
  }

  /** @param {number} id */
  #forget(id) {
    this.#pending.delete(id);
    if (this.#pending.size === 0) this.#watchdog.rest();
  }

  /** @param {"worker-lost" | "timed-out"} code */
  #lose(code) {
    this.#onLost();
    this.#end(code);
  }

  #make() {
    const worker = this.#spawn();
    const lost = () => {
      if (this.#worker === worker) this.#lose("worker-lost");
    };
    worker.addEventListener("message", ({ data }) => {
      if (this.#worker !== worker) return;
      this.#watchdog.heard();
      if (data.type === "lost") lost();
      else if (data.type === "device") this.#onDevice(data.device);
      else if (data.type !== "pong") this.#receive(data);
    });
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      lost();
    });
    worker.addEventListener("messageerror", lost);
    return worker;
  }

  /** @param {Exclude<Reply, { type: "lost" | "pong" | "device" }>} reply */
  #receive(reply) {
    const call = this.#pending.get(reply.id);
    if (call === undefined) return;
    if (reply.type === "progress") {
      call.onProgress?.(reply.progress);
      return;
    }
    if (reply.type === "found" && reply.effects.done < reply.effects.total) {
      call.onProgress?.(reply.effects);
      return;
    }
    this.#forget(reply.id);
    if (reply.type === "found") call.resolve(reply.effects);
    else if (reply.type === "failed") call.reject(new PlotLensError(reply.code, reply.message));
    else call.resolve(reply.type === "loaded" ? reply.manifest : reply.packed);
  }
}
