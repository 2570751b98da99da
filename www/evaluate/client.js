import { PlotLensError } from "../engine/errors.js";

/** @import { Progress } from "./types.js" */

/** Promises over the worker that owns the file. */
export class Client {
  #worker = new Worker(new URL("./desk.js", import.meta.url), { type: "module" });
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void }>} */
  #pending = new Map();
  #next = 1;

  /**
   * @param {(progress: Progress) => void} onProgress
   * @param {(error: PlotLensError) => void} onFailed
   */
  constructor(onProgress, onFailed) {
    this.#worker.addEventListener("message", ({ data }) => {
      if (data.type === "progress") return onProgress(data.progress);
      if (data.type === "failed") return onFailed(new PlotLensError(data.code, data.message));
      const pending = this.#pending.get(data.id);
      this.#pending.delete(data.id);
      if (data.error === undefined) pending?.resolve(data.value);
      else pending?.reject(new PlotLensError(data.error.code, data.error.message));
    });
    this.#worker.addEventListener("error", (event) => {
      event.preventDefault();
      const lost = new PlotLensError("worker-lost");
      for (const { reject } of this.#pending.values()) reject(lost);
      this.#pending.clear();
      onFailed(lost);
    });
  }

  /**
   * @param {string} method one of the desk's
   * @param {object} [request]
   * @returns {Promise<any>}
   */
  ask(method, request = {}) {
    return new Promise((resolve, reject) => {
      const id = this.#next++;
      this.#pending.set(id, { resolve, reject });
      this.#worker.postMessage({ id, method, request });
    });
  }
}
