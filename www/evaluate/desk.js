import "../engine/trusted-types.js";
import { asPlotLensError, PlotLensError } from "../engine/errors.js";
import { isUtf8, plain } from "./blob.js";
import { makeEvaluator } from "./core.js";
import { Measures } from "./measures.js";
import { Pool } from "./pool.js";
import { Store } from "./store.js";
import { turn } from "./turn.js";

/** @import { Columns, Evaluator, Opened, Progress, Scored } from "./types.js" */

/** Records read before messages are looked at again. */
const READ_AT_ONCE = 2000;
/** Progress is told at most this often, in milliseconds. */
const TELL_EVERY = 250;
/** How far back the speed is measured, in milliseconds. */
const SPEED_OVER = 10_000;

/**
 * The worker that owns the file and the measures: it reads rows, hands them to scorers, keeps what
 * they say, and measures it whenever it is asked.
 */
class Desk {
  #store = new Store();
  /** @type {Promise<Evaluator> | null} */
  #making = null;
  /** @type {Evaluator | null} */
  #evaluator = null;
  /** @type {{ name: string, blob: Blob, opened: Opened } | null} */
  #file = null;
  /** @type {Uint8Array} rows that were scored or refused */
  #settled = new Uint8Array(0);
  #done = 0;
  #next = 0;
  /** @type {Progress["state"]} */
  #state = "done";
  /** @type {{ at: number, done: number }[]} */
  #speed = [];
  #told = 0;
  #run = 0;
  /** @type {Pool | null} */
  #pool = null;

  /** @param {{ file: Blob, name: string, latin1: boolean }} request */
  async open({ file, name, latin1 }) {
    this.cancel();
    const blob = await plain(file, name, latin1);
    const opened = await this.#look(name.replace(/\.gz$/i, ""), blob);
    return { ...opened, name, utf8: latin1 || (await isUtf8(blob)) };
  }

  /**
   * @param {string} name
   * @param {Blob} blob
   */
  async #look(name, blob) {
    const reader = new FileReaderSync();
    const read = (/** @type {number} */ start, /** @type {number} */ end) =>
      new Uint8Array(reader.readAsArrayBuffer(blob.slice(start, end)));
    this.#file = null;
    const opened = (await this.core()).open(name, blob.size, read);
    this.#file = { name, blob, opened };
    return opened;
  }

  /**
   * Reads the file and scores it; a saved report is shown as it is.
   *
   * @param {{ columns: Columns | null }} request null for a saved report, which has its own
   */
  async start({ columns }) {
    const run = await this.#read(columns);
    const evaluator = await this.core();
    if (evaluator.rows === 0) {
      const first = evaluator.problems().skipped[0];
      const why =
        first === undefined ? "" : ` The first problem, on line ${first.line}: ${first.why}`;
      throw new PlotLensError("file-invalid", `No row of this file can be used.${why}`);
    }
    await this.#keep(columns);
    this.#stillIn(run);
    if (this.#opened().opened.saved === null) this.#score();
    else this.#rest();
  }

  /** @param {Columns | null} columns */
  async #keep(columns) {
    const { name, blob } = this.#opened();
    const { rows, models } = await this.core();
    await this.#store.begin({ name, blob, columns, rows, models, done: this.#done });
  }

  /** What a closed tab left behind, and whether it is of other models. */
  async kept() {
    const found = await this.#store.kept();
    if (found === null) return null;
    const { name, rows, models, done } = found.kept;
    const stale = found.added > 0 && models !== (await this.core()).models;
    // Two tabs that went on with it have both added.
    return { name, rows, done: stale ? 0 : Math.min(rows, done + found.added), stale };
  }

  async forget() {
    this.cancel();
    await this.#store.clear();
  }

  /** Opens what a closed tab left. */
  async recall() {
    const { name, blob } = (await this.#found()).kept;
    this.cancel();
    return { ...(await this.#look(name, blob)), name };
  }

  /** Goes on with what was recalled; what other models said of it is dropped. */
  async takeUp() {
    const { kept } = await this.#found();
    const run = await this.#read(kept.columns);
    const evaluator = await this.core();
    if (kept.models === evaluator.models) {
      this.#store.resume(kept);
      await this.#store.scores(({ rows, scores, refused }) => {
        this.#stillIn(run);
        evaluator.take(rows, scores);
        for (const { row, why } of refused) evaluator.refuse(row, why);
      });
      this.#stillIn(run);
      this.#count();
    } else {
      await this.#keep(kept.columns);
      this.#stillIn(run);
    }
    if (this.#opened().opened.foreign) this.#rest();
    else this.#score();
  }

  async #found() {
    const found = await this.#store.kept();
    if (found === null) throw new PlotLensError("file-invalid", "There is nothing to go on with.");
    return found;
  }

  /**
   * @param {number} run what `#read` gave
   * @throws {PlotLensError} `aborted` where another file was opened since
   */
  #stillIn(run) {
    if (run !== this.#run) throw new PlotLensError("aborted");
  }

  /**
   * @param {Columns | null} columns
   * @returns {Promise<number>} for `#stillIn`
   */
  async #read(columns) {
    const run = ++this.#run;
    const evaluator = await this.core();
    evaluator.begin(columns);
    this.#state = "reading";
    while (!evaluator.advance(READ_AT_ONCE)) {
      this.#tell();
      await turn();
      this.#stillIn(run);
    }
    this.#next = 0;
    this.#speed = [];
    this.#count();
    return run;
  }

  /** Which rows need no scoring any more. */
  #count() {
    this.#settled = /** @type {Evaluator} */ (this.#evaluator).settled();
    this.#done = this.#settled.reduce((sum, one) => sum + one, 0);
  }

  /** Leaves open rows to a press, or for good where other models have scored the rest. */
  #rest() {
    const whole = this.#done === this.#settled.length || this.#opened().opened.foreign;
    this.#state = whole ? "done" : "paused";
    this.#tell(true);
  }

  #score() {
    this.#state = this.#done < this.#settled.length ? "scoring" : "done";
    this.#tell(true);
    if (this.#state === "done") return;
    this.#pool ??= new Pool(
      () => this.#batch(),
      (scored) => this.#take(scored),
      (error) => this.#fail(error),
    );
    this.#pool.start();
  }

  /**
   * The next few rows that nobody scores yet.
   *
   * @param {number} [size]
   */
  #batch(size = 16) {
    const rows = [];
    const evaluator = /** @type {Evaluator} */ (this.#evaluator);
    while (this.#state === "scoring" && rows.length < size && this.#next < this.#settled.length) {
      const row = this.#next++;
      if (this.#settled[row] === 1) continue;
      const { text, title } = evaluator.row(row);
      rows.push({ row, text, ...(title === null ? {} : { title }) });
    }
    return rows;
  }

  /** @param {Scored} scored */
  #take({ models, rows, scores, refused }) {
    if (models !== this.#evaluator?.models) {
      const message =
        "The models have changed since this page was opened. Reload it; the file is still here.";
      return this.#fail(new PlotLensError("model-version", message));
    }
    this.#evaluator.take(rows, scores);
    this.#settle(rows, refused);
    void this.#store.add(rows, scores, refused);
    if (this.#done === this.#settled.length) this.#finish();
    this.#tell(this.#state === "done");
  }

  /**
   * @param {Uint32Array} rows
   * @param {{ row: number, why: string }[]} refused
   */
  #settle(rows, refused) {
    for (const row of rows) this.#settled[row] = 1;
    for (const { row, why } of refused) {
      this.#settled[row] = 1;
      this.#evaluator?.refuse(row, why);
    }
    this.#done += rows.length + refused.length;
  }

  #finish() {
    this.#state = "done";
    this.#pool?.end();
    this.#pool = null;
  }

  /** @param {PlotLensError} error */
  #fail(error) {
    this.pause();
    self.postMessage({ type: "failed", code: error.code, message: error.message });
  }

  pause() {
    if (this.#state !== "scoring") return;
    this.#state = "paused";
    this.#pool?.end();
    this.#pool = null;
    this.#tell(true);
  }

  resume() {
    if (this.#state !== "paused") return;
    this.#next = 0;
    this.#speed = [];
    this.#score();
  }

  cancel() {
    this.#run++;
    this.#pool?.end();
    this.#pool = null;
    this.#state = "done";
  }

  /** @param {boolean} [now] */
  #tell(now = false) {
    const at = performance.now();
    if (!now && at - this.#told < TELL_EVERY) return;
    this.#told = at;
    const evaluator = /** @type {Evaluator} */ (this.#evaluator);
    this.#speed.push({ at, done: this.#done });
    while (this.#speed.length > 2 && at - (this.#speed[0]?.at ?? at) > SPEED_OVER) {
      this.#speed.shift();
    }
    const first = /** @type {{ at: number, done: number }} */ (this.#speed[0]);
    const rate = at > first.at ? ((this.#done - first.done) * 1000) / (at - first.at) : 0;
    /** @type {Progress} */
    const progress = {
      rows: evaluator.rows,
      done: this.#done,
      rate: rate > 0 ? rate : null,
      state: this.#state,
      problems: evaluator.problems(),
    };
    self.postMessage({ type: "progress", progress });
  }

  #opened() {
    if (this.#file === null) throw new PlotLensError("file-invalid", "Choose a file first.");
    return this.#file;
  }

  /** The core, once. */
  core() {
    return (this.#making ??= makeEvaluator().then(
      (made) => (this.#evaluator = made),
      (error) => {
        this.#making = null;
        throw error;
      },
    ));
  }
}

const desk = new Desk();
const measures = new Measures(() => desk.core());
self.addEventListener("message", async ({ data: { id, method, request } }) => {
  try {
    const owner = /** @type {Record<string, (request: any) => unknown>} */ (
      /** @type {unknown} */ (method in measures ? measures : desk)
    );
    const value = await owner[method]?.(request);
    self.postMessage({ type: "answer", id, value });
  } catch (error) {
    const { code, message } = asPlotLensError(error, "worker-lost");
    self.postMessage({ type: "answer", id, error: { code, message } });
  }
});
