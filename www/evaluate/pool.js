import { PlotLensError } from "../engine/errors.js";

/** @import { RowText, Scored } from "./types.js" */

/** Workers at most: each holds models of its own. */
const MOST = 4;
/** How often a worker that broke is replaced before it is given up. */
const REPLACED = 3;

/** Workers that score batches; each asks for the next when it has done one. */
export class Pool {
  /** @type {Set<Worker>} */
  #workers = new Set();
  #batch;
  #take;
  #fail;
  #broken = 0;

  /**
   * @param {() => RowText[]} batch the next rows; none where there are no more
   * @param {(scored: Scored) => void} take
   * @param {(error: PlotLensError) => void} fail told when scoring cannot go on
   */
  constructor(batch, take, fail) {
    this.#batch = batch;
    this.#take = take;
    this.#fail = fail;
  }

  start() {
    const count = Math.min(MOST, Math.max(1, (navigator.hardwareConcurrency || 2) - 1));
    while (this.#workers.size < count) if (!this.#add(this.#batch())) break;
  }

  end() {
    for (const worker of this.#workers) worker.terminate();
    this.#workers.clear();
  }

  /** @param {RowText[]} rows */
  #add(rows) {
    if (rows.length === 0) return false;
    const worker = new Worker(new URL("./scorer.js", import.meta.url), { type: "module" });
    this.#workers.add(worker);
    let current = rows;
    worker.addEventListener("message", ({ data }) => {
      if (!this.#workers.has(worker)) return;
      if (data.type === "failed") return this.#lose(worker, current, data);
      this.#take(data);
      if (!this.#workers.has(worker)) return;
      current = this.#batch();
      if (current.length > 0) worker.postMessage({ rows: current });
    });
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.#lose(worker, current, { code: "worker-lost" });
    });
    worker.postMessage({ rows });
    return true;
  }

  /**
   * @param {Worker} worker
   * @param {RowText[]} rows what it was about
   * @param {{ code: string, message?: string }} error
   */
  #lose(worker, rows, { code, message }) {
    if (!this.#workers.delete(worker)) return;
    worker.terminate();
    if (code === "worker-lost" && this.#broken++ < REPLACED) this.#add(rows);
    else this.#fail(new PlotLensError(code, message));
  }
}
