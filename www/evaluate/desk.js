import "../engine/trusted-types.js";
import { bestBuild } from "../engine/builds.js";
import { compileWasm, downloadText } from "../engine/download.js";
import { asPlotLensError, PlotLensError } from "../engine/errors.js";
import { importGlue } from "../engine/glue.js";
import { MODELS } from "../engine/places.js";
import { isUtf8, plain } from "./blob.js";
import { Pool } from "./pool.js";
import { Store } from "./store.js";

/** @import { Columns, Evaluator, Interval, Progress, Query, Scored, Setting } from "./types.js" */

/** Records read before messages are looked at again. */
const READ_AT_ONCE = 2000;
/** Resamples behind an interval, and how many are drawn at once. */
const RESAMPLES = 1000;
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
  /** @type {Evaluator | null} */
  #evaluator = null;
  /** @type {{ name: string, blob: Blob, file: Blob } | null} */
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
    this.#file = { name: name.replace(/\.gz$/i, ""), blob, file };
    return { ...(await this.#look()), name, utf8: latin1 || (await isUtf8(blob)) };
  }

  async #look() {
    const { name, blob } = /** @type {{ name: string, blob: Blob }} */ (this.#file);
    const reader = new FileReaderSync();
    const read = (/** @type {number} */ start, /** @type {number} */ end) =>
      new Uint8Array(reader.readAsArrayBuffer(blob.slice(start, end)));
    return (await this.#core()).open(name, blob.size, read);
  }

  /** @param {{ columns: Columns }} request */
  async start({ columns }) {
    const { name, blob } = this.#opened();
    await this.#read(columns);
    const evaluator = await this.#core();
    if (evaluator.rows === 0) {
      const first = evaluator.problems().skipped[0];
      const why =
        first === undefined ? "" : ` The first problem, on line ${first.line}: ${first.why}`;
      throw new PlotLensError("file-invalid", `No row of this file can be used.${why}`);
    }
    await this.#store.begin({ name, blob, columns, rows: evaluator.rows });
    this.#score();
  }

  /** What a closed tab left behind. */
  async kept() {
    const found = await this.#store.kept();
    if (found === null) return null;
    return { name: found.kept.name, rows: found.kept.rows, done: found.done };
  }

  async forget() {
    this.cancel();
    await this.#store.clear();
  }

  /** Goes on with what a closed tab left. */
  async takeUp() {
    const found = await this.#store.kept();
    if (found === null) throw new PlotLensError("file-invalid", "There is nothing to go on with.");
    const { name, blob, columns } = found.kept;
    this.cancel();
    this.#file = { name, blob, file: blob };
    await this.#look();
    await this.#read(columns);
    const evaluator = await this.#core();
    await this.#store.scores(({ rows, scores, refused }) => {
      evaluator.take(rows, scores);
      this.#settle(rows, refused);
    });
    this.#score();
    return { name };
  }

  /** @param {Columns} columns */
  async #read(columns) {
    const run = ++this.#run;
    const evaluator = await this.#core();
    evaluator.begin(columns);
    this.#state = "reading";
    while (!evaluator.advance(READ_AT_ONCE)) {
      this.#tell();
      await turn();
      if (run !== this.#run) throw new PlotLensError("aborted");
    }
    this.#settled = new Uint8Array(evaluator.rows);
    this.#done = this.#next = 0;
    this.#speed = [];
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
  #take({ rows, scores, refused }) {
    this.#evaluator?.take(rows, scores);
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

  /** @param {Setting} setting */
  async decisions({ thresholds, without }) {
    return (await this.#core()).decisions(thresholds, without ?? undefined);
  }

  /** @param {Setting} setting */
  async curves({ without }) {
    return (await this.#core()).curves(without ?? undefined);
  }

  /** @param {Setting & { name: string, tuned: boolean }} request */
  async page({ name, thresholds, without, tuned }) {
    await this.#drawing;
    return (await this.#core()).page(name, thresholds, without ?? undefined, tuned);
  }

  /** @param {Setting} setting */
  async tuned({ thresholds, without }) {
    return (await this.#core()).tuned(thresholds, without ?? undefined);
  }

  /** @param {Setting & { model: number, query: Query, most: number }} request */
  async hits({ model, thresholds, without, query, most }) {
    return (await this.#core()).hits(model, thresholds, without ?? undefined, query, most);
  }

  /** @param {{ rows: number[] }} request */
  async rows({ rows }) {
    const evaluator = await this.#core();
    return rows.map((row) => evaluator.row(row));
  }

  async thresholds() {
    return (await this.#core()).thresholds();
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
    for (let drawn = 0; drawn < RESAMPLES; drawn += step) {
      if (run !== this.#intervalRun) return null;
      found = evaluator.intervals(thresholds, without ?? undefined, step);
      await turn();
    }
    return found;
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

  async #core() {
    return (this.#evaluator ??= await makeEvaluator());
  }
}

/** @returns {Promise<Evaluator>} */
async function makeEvaluator() {
  const folder = new URL(`../wasm/${bestBuild()}/`, import.meta.url);
  const { signal } = new AbortController();
  const [manifest, module, glue] = await Promise.all([
    downloadText(new URL("manifest.json", MODELS), signal),
    compileWasm(new URL("plotlens_bg.wasm", folder), signal),
    importGlue(new URL("plotlens.js", folder)),
  ]);
  await glue.default({ module_or_path: module });
  return new glue.Evaluator(manifest);
}

/** Lets messages that have come be handled. */
function turn() {
  return new Promise((resolve) => setTimeout(resolve));
}

const desk = new Desk();
self.addEventListener("message", async ({ data: { id, method, request } }) => {
  try {
    const work = /** @type {Record<string, (request: any) => unknown>} */ (
      /** @type {unknown} */ (desk)
    );
    const value = await work[method]?.(request);
    self.postMessage({ type: "answer", id, value });
  } catch (error) {
    const { code, message } = asPlotLensError(error, "worker-lost");
    self.postMessage({ type: "answer", id, error: { code, message } });
  }
});
