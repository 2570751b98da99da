import { whole } from "../page/format.js";
import { Client } from "./client.js";
import { columnsForm } from "./columns.js";
import { button, make, replaceChildren } from "./dom.js";
import { problemLists, progressLine } from "./progress.js";
import { ReportView } from "./report-view.js";

/** @import { Columns, Opened, Progress } from "./types.js" */
/** @import { PlotLensError } from "../engine/errors.js" */

const ENDINGS = ".csv,.tsv,.jsonl,.ndjson,.json,.gz";

/** The Evaluate view: a file is chosen, its columns are confirmed, its rows scored and measured. */
export class EvaluateView {
  #host;
  #client = new Client(
    (progress) => this.#progress(progress),
    (error) => this.#alarm(error.message, error.code),
  );
  #note = make("p", { className: "alarm", role: "alert" });
  #choice = make("div", { className: "choice" });
  #input = make("input", {
    type: "file",
    accept: ENDINGS,
    className: "unseen",
    id: "evaluate-file",
  });
  #form = make("div");
  #bar = make("progress", { max: 1, value: 0, "aria-label": "Rows scored" });
  #status = make("p", { className: "progress-line" });
  #said = make("p", { className: "unseen", role: "status" });
  #controls = make("p", { className: "controls" });
  #run = make(
    "div",
    { className: "run", hidden: true, tabIndex: -1 },
    this.#bar,
    this.#status,
    this.#controls,
    this.#said,
  );
  #problems = make("div");
  #report = new ReportView(this.#client, (work) => this.#try(work));
  /** @type {Progress["state"] | ""} */
  #state = "";
  /** @type {File | null} */
  #file = null;

  /** @param {HTMLElement} host */
  constructor(host) {
    this.#host = host;
  }

  async start() {
    await loadStyles();
    const input = this.#input;
    input.addEventListener("change", () => {
      const file = input.files?.[0];
      if (file) void this.#open(file);
      input.value = "";
    });
    this.#choice.append(
      make("label", { className: "press", htmlFor: "evaluate-file" }, "Choose a file"),
      input,
      button("Try the example", () => void this.#example(), "quiet"),
    );
    this.#host.replaceChildren(
      make("h2", { className: "question" }, "How well do the models do on your films?"),
      make(
        "p",
        { className: "lead" },
        "Drop a .csv, .tsv, .jsonl or .json file (or .gz of these) with descriptions and their genres. ",
        "It is read in this browser, row by row; nothing is uploaded. ",
        "A report that was saved as JSON opens again.",
      ),
      this.#choice,
      this.#note,
      this.#form,
      this.#run,
      this.#problems,
      this.#report.element,
    );
    this.#host.addEventListener("dragover", (event) => {
      event.preventDefault();
      this.#host.toggleAttribute("data-over", true);
    });
    this.#host.addEventListener("dragleave", () => this.#host.toggleAttribute("data-over", false));
    this.#host.addEventListener("drop", (event) => {
      event.preventDefault();
      this.#host.toggleAttribute("data-over", false);
      const file = event.dataTransfer?.files[0];
      if (file) void this.#open(file);
    });
    await this.#offer();
  }

  /** Offers to go on with what a closed tab left. */
  async #offer() {
    const kept = await this.#client.ask("kept").catch(() => null);
    if (kept === null) return;
    const open = kept.done < kept.rows;
    const much = kept.stale
      ? "but the models have changed since, so its rows are scored anew"
      : open
        ? `${whole(kept.done)} of ${whole(kept.rows)} rows are scored`
        : "all rows are scored";
    const name = kept.stale ? "Score it anew" : open ? "Go on" : "Show its report";
    const offer = make(
      "p",
      { className: "offer" },
      make("bdi", {}, kept.name),
      ` is still here${kept.stale ? ", " : ": "}${much}. `,
      button(name, () => void this.#takeUp()),
      " ",
      button("Forget it", () => void this.#forget(), "quiet"),
    );
    this.#form.replaceChildren(offer);
  }

  async #takeUp() {
    this.#run.hidden = false;
    this.#status.textContent = "Reading the file…";
    this.#leaveForm(this.#run);
    await this.#try(() =>
      this.#running(async () => {
        this.#expect(await this.#client.ask("recall"));
        await this.#client.ask("takeUp");
      }),
    );
  }

  async #forget() {
    this.#leaveForm(this.#input);
    await this.#try(() => this.#client.ask("forget"));
  }

  /**
   * Empties the form; whoever is at one of its controls goes on from another place.
   *
   * @param {HTMLElement} next
   */
  #leaveForm(next) {
    const inside = this.#form.contains(document.activeElement);
    this.#form.replaceChildren();
    if (inside) next.focus({ preventScroll: true });
  }

  async #example() {
    await this.#try(async () => {
      const response = await fetch(new URL("./example.csv", import.meta.url));
      await this.#open(new File([await response.blob()], "example.csv"));
    });
  }

  /**
   * @param {File} file
   * @param {boolean} [latin1]
   */
  async #open(file, latin1 = false) {
    await this.#try(async () => {
      this.#file = file;
      this.#run.hidden = true;
      this.#report.clear();
      this.#problems.replaceChildren();
      this.#form.replaceChildren(make("p", {}, "Reading the file…"));
      /** @type {Opened} */
      const opened = await this.#client.ask("open", { file, name: file.name, latin1 });
      if (opened.saved === null) return this.#columns(opened);
      this.#expect(opened);
      await this.#running(() => this.#client.ask("start", { columns: null }));
      this.#form.replaceChildren();
    });
  }

  /**
   * Work that shows how far it is, and nothing where it fails.
   *
   * @param {() => Promise<unknown>} work
   */
  async #running(work) {
    try {
      await work();
    } catch (error) {
      // Where another file was opened meanwhile, it is that one's progress that shows.
      if (/** @type {PlotLensError} */ (error).code !== "aborted") this.#run.hidden = true;
      throw error;
    }
  }

  /**
   * A file is about to be reported.
   *
   * @param {Opened} opened
   */
  #expect({ name, saved, foreign }) {
    this.#state = "";
    this.#report.clear(saved?.file ?? name, saved?.setting ?? null, foreign);
  }

  /** @param {Opened} opened */
  #columns(opened) {
    const parts = [
      make("h3", { className: "file-name" }, make("bdi", {}, opened.name)),
      columnsForm(opened, (columns) => void this.#start(opened, columns)),
    ];
    if (!opened.utf8) {
      const offer = make(
        "p",
        { className: "offer", id: "latin1" },
        "This file is not UTF-8; rows with letters that cannot be read would be left out. ",
        button("Read it as Latin-1", () => this.#file && void this.#open(this.#file, true)),
      );
      parts.splice(1, 0, offer);
    }
    this.#form.replaceChildren(...parts);
  }

  /** @param {Opened} opened @param {Columns} columns */
  async #start(opened, columns) {
    await this.#try(async () => {
      this.#expect(opened);
      await this.#running(() => this.#client.ask("start", { columns }));
      this.#leaveForm(this.#run);
    });
  }

  /** @param {Progress} progress */
  #progress(progress) {
    const { rows, done, state, problems } = progress;
    this.#run.hidden = false;
    this.#bar.value = rows === 0 ? 0 : done / rows;
    const line = progressLine(progress);
    this.#status.textContent = line;
    if (state === this.#state) return;
    this.#state = state;
    this.#said.textContent = line;
    const pause = button("Pause", () => void this.#client.ask("pause"));
    const resume = button("Go on", () => void this.#client.ask("resume"));
    const cancel = button("Cancel", () => void this.#cancel(), "quiet");
    const controls = { scoring: [pause, " ", cancel], paused: [resume, " ", cancel] };
    const inside = this.#controls.contains(document.activeElement);
    replaceChildren(
      this.#controls,
      state === "scoring" || state === "paused" ? controls[state] : [],
    );
    if (inside && this.#controls.childElementCount === 0) this.#run.focus({ preventScroll: true });
    this.#problems.replaceChildren(...problemLists(problems));
    if (done > 0 && (state === "done" || state === "paused"))
      void this.#try(() => this.#report.show());
  }

  async #cancel() {
    await this.#try(async () => {
      await this.#client.ask("forget");
      this.#state = "";
      if (this.#run.contains(document.activeElement)) this.#input.focus({ preventScroll: true });
      this.#run.hidden = true;
      this.#report.clear();
      this.#problems.replaceChildren();
    });
  }

  /** @param {() => Promise<unknown>} work */
  async #try(work) {
    this.#alarm("");
    try {
      await work();
    } catch (error) {
      const { code, message } = /** @type {PlotLensError} */ (error);
      if (code === "aborted") return;
      if (this.#form.textContent === "Reading the file…") this.#form.replaceChildren();
      this.#alarm(message, code);
    }
  }

  /**
   * @param {string} message
   * @param {string} [code] the error's
   */
  #alarm(message, code = "") {
    this.#note.textContent = message;
    this.#note.dataset["code"] = code;
    if (message) this.#note.scrollIntoView({ block: "nearest" });
  }
}

function loadStyles() {
  return new Promise((resolve) => {
    const link = make("link", { rel: "stylesheet" });
    link.href = new URL("./evaluate.css", import.meta.url).href;
    link.onload = link.onerror = () => resolve(null);
    document.head.append(link);
  });
}
