import { counted } from "../page/format.js";
import { button, make } from "./dom.js";
import {
  comparison,
  correlationTable,
  genreTable,
  HEADLINES,
  hitTable,
  lengthTable,
  matrix,
  metricsTable,
  NAMES,
} from "./report.js";
import { csv, save } from "./save.js";

/** @import { Client } from "./client.js" */
/** @import { Curves, Decisions, Interval, ModelDecisions, Query, Row, Setting } from "./types.js" */

/** Rows listed behind a cell. */
const MOST = 100;
/** Rest after which intervals are drawn anew, in milliseconds. */
const REST = 400;

/** The report, and what moves it: model, thresholds, a genre left out. */
export class ReportView {
  element = make("div", { className: "report", hidden: true });
  name = "";
  #client;
  #model = 2;
  #normalised = false;
  /** @type {Setting} */
  #setting = { thresholds: [], without: null };
  /** @type {number[][]} */
  #own = [];
  /** @type {Decisions | null} */
  #decisions = null;
  /** @type {Curves | null} */
  #curves = null;
  /** @type {Interval[][] | null} */
  #intervals = null;
  #tuned = false;
  /** @type {string[]} */
  #genres = [];
  #measuring = false;
  #again = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #rest;
  /** @type {Record<string, HTMLElement>} */
  #rooms = {};

  /** @param {Client} client */
  constructor(client) {
    this.#client = client;
  }

  clear() {
    clearTimeout(this.#rest);
    this.element.hidden = true;
    this.element.replaceChildren();
    this.#decisions = this.#curves = this.#intervals = null;
    this.#setting = { thresholds: [], without: null };
    this.#tuned = false;
  }

  /** Measures what is scored and shows it. */
  async show() {
    if (this.#setting.thresholds.length === 0) {
      this.#own = await this.#client.ask("thresholds");
      this.#setting.thresholds = this.#own.map((own) => [...own]);
    }
    this.#decisions = await this.#client.ask("decisions", this.#setting);
    if (this.#setting.without === null) this.#genres = this.#decisions?.genres ?? [];
    this.#frame();
    await this.#measure(true);
  }

  #frame() {
    /** @param {string} key @param {string} title @param {...(Node | string)} head */
    const room = (key, title, ...head) => {
      const body = make("div");
      this.#rooms[key] = body;
      return make("section", { id: `report-${key}` }, make("h3", {}, title), ...head, body);
    };
    const say = (/** @type {string} */ sentence) => make("p", { className: "aside" }, sentence);
    this.#rooms["settings"] = make("div", { className: "settings" });
    this.element.replaceChildren(
      this.#rooms["settings"],
      room(
        "metrics",
        "All in all",
        say("Each with its 95 % bootstrap interval over rows; the best of each line is bold."),
      ),
      room("compare", "Both models by genre"),
      room("genres", "By genre", say("Press a head to sort, a count to see the rows behind it.")),
      room("rows", "Rows"),
      room(
        "fp",
        "Worst false positives",
        say(
          "Chosen with confidence, and not in the labels. A film’s name opens it in the Classify view.",
        ),
      ),
      room("fn", "Worst false negatives", say("In the labels, and hardly thought of.")),
      room(
        "replaced",
        "What is chosen in place of what",
        say(
          "Row: the genre that was missed. Column: one that was chosen wrongly for the same film.",
        ),
      ),
      room(
        "together",
        "Genres that go together",
        say(
          "In the labels, then as chosen; ordered by spectral biclustering. On the diagonal: all films of the genre.",
        ),
      ),
      room(
        "curves",
        "Calibration and precision",
        say("Solid: both models; dashed: DistilBERT; dotted: the keyword model."),
      ),
      room("lengths", "Score by length of text"),
      room(
        "numbers",
        "Numbers and probabilities",
        say("Pearson’s correlation; “words” is the length of the text."),
      ),
    );
    /** @type {HTMLElement} */ (this.element.querySelector("#report-rows")).hidden = true;
    this.#settings();
    this.element.hidden = false;
  }

  #settings() {
    const models = this.#decisions?.models ?? [];
    const radios = models.map(({ model }, i) => {
      const input = make("input", { type: "radio", name: "evaluated", checked: i === this.#model });
      input.addEventListener(
        "change",
        () => ((this.#model = i), this.#settings(), void this.#draw()),
      );
      return make("label", {}, input, make("span", {}, NAMES[model]));
    });
    const without = make("select", { id: "without" }, make("option", { value: "" }, "None"));
    this.#genres.forEach((genre, i) => without.append(make("option", { value: String(i) }, genre)));
    without.value = this.#setting.without === null ? "" : String(this.#setting.without);
    without.addEventListener("change", () => {
      this.#setting.without = without.value === "" ? null : Number(without.value);
      void this.#measure(true);
    });
    const own = this.#setting.thresholds[this.#model] ?? [];
    const sliders = own.map((threshold, genre) =>
      this.#slider(this.#genres[genre] ?? "", threshold, (value) => (own[genre] = value)),
    );
    const mean = own.reduce((sum, threshold) => sum + threshold, 0) / Math.max(1, own.length);
    const all = this.#slider("All genres", mean, (value) => {
      own.fill(value);
      for (const { input, output } of sliders)
        [input.value, output.textContent] = [String(value), value.toFixed(2)];
    });
    const reset = () => {
      this.#setting.thresholds = this.#own.map((thresholds) => [...thresholds]);
      this.#tuned = false;
      this.#settings();
      void this.#measure();
    };
    const tune = async () => {
      this.#setting.thresholds = await this.#client.ask("tuned", this.#setting);
      this.#tuned = true;
      this.#settings();
      void this.#measure();
    };
    const { leftOut = 0, without: dropped = null } = this.#decisions ?? {};
    const note =
      dropped === null
        ? ""
        : `Measured without ${dropped}; ${counted(leftOut, "row has", "rows have")} no other genre and ${leftOut === 1 ? "is" : "are"} left out.`;
    this.#rooms["settings"]?.replaceChildren(
      make(
        "fieldset",
        { className: "switch" },
        make("legend", { className: "unseen" }, "Which model"),
        ...radios,
      ),
      make("label", { className: "without" }, "Leave out ", without),
      make(
        "p",
        { className: "saves" },
        button("Save report", () => void this.#savePage(), "quiet"),
        " ",
        button("Save JSON", () => void this.#saveJson(), "quiet"),
        " ",
        button("Save CSV", () => this.#saveCsv(), "quiet"),
        " ",
        button("Print", () => print(), "quiet"),
      ),
      make(
        "details",
        { className: "thresholds" },
        make("summary", {}, "Thresholds"),
        all.label,
        make("div", { className: "sliders" }, ...sliders.map(({ label }) => label)),
        make(
          "p",
          {},
          button("Tune on this file", () => void tune()),
          " ",
          button("As they were", reset, "quiet"),
        ),
      ),
      make("p", { className: "aside", id: "setting-note", role: "status" }, note),
      (this.#tuned &&
        make(
          "p",
          { className: "alarm", id: "tuned-note" },
          "The thresholds were tuned on this very file: what you see is no test any more.",
        )) ||
        "",
    );
  }

  /**
   * @param {string} name
   * @param {number} threshold
   * @param {(value: number) => void} set
   */
  #slider(name, threshold, set) {
    const output = make("output", {}, threshold.toFixed(2));
    const input = make("input", { type: "range", min: "0.01", max: "0.99", step: "0.01" });
    input.value = String(threshold);
    input.addEventListener("input", () => {
      set(Number(input.value));
      output.textContent = Number(input.value).toFixed(2);
      void this.#measure();
    });
    return {
      input,
      output,
      label: make("label", { className: "slider" }, make("span", {}, name), input, output),
    };
  }

  /**
   * Measures under the setting as it is; while that goes on, only the newest wish waits.
   *
   * @param {boolean} [anew] the curves too
   */
  async #measure(anew = false) {
    if (anew) this.#curves = null;
    this.#again = true;
    if (this.#measuring) return;
    this.#measuring = true;
    try {
      while (this.#again) {
        this.#again = false;
        this.#intervals = null;
        this.#decisions = await this.#client.ask("decisions", this.#setting);
        this.#curves ??= await this.#client.ask("curves", this.#setting);
        await this.#draw();
      }
    } finally {
      this.#measuring = false;
    }
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => void this.#drawIntervals(), REST);
  }

  async #drawIntervals() {
    const found = await this.#client.ask("intervals", this.#setting).catch(() => null);
    if (found === null || this.#decisions === null) return;
    this.#intervals = found;
    this.#put("metrics", metricsTable(this.#decisions, found));
  }

  /** Draws section by section, so that no task is long. */
  async #draw() {
    const [decisions, curves] = [this.#decisions, this.#curves];
    const own = decisions?.models[this.#model];
    if (decisions === null || curves === null || own === undefined) return;
    const { genres } = decisions;
    /** @type {(() => void | Promise<void>)[]} */
    const steps = [
      () => this.#put("metrics", metricsTable(decisions, this.#intervals)),
      () => this.#noteSetting(decisions),
      () => this.#put("compare", comparison(decisions)),
      () =>
        this.#put(
          "genres",
          genreTable(decisions, this.#model, (query, title) => void this.#openRows(query, title)),
        ),
      () => this.#worst("fp", "Worst false positives", own.falsePositives, genres),
      () => this.#worst("fn", "Worst false negatives", own.falseNegatives, genres),
      () => this.#replaced(own, genres),
      () => this.#together(curves, own, genres),
      () => this.#drawCurves(curves, genres),
      () => this.#put("lengths", lengthTable(own)),
      () => this.#numbers(curves, own, genres),
    ];
    for (const step of steps) {
      await step();
      await new Promise((resolve) => setTimeout(resolve));
      if (this.#decisions !== decisions || this.element.hidden) return;
    }
  }

  /** @param {Decisions} decisions */
  #noteSetting({ leftOut, without }) {
    const note = this.element.querySelector("#setting-note");
    if (note === null) return;
    const rows = `${counted(leftOut, "row has", "rows have")} no other genre and ${leftOut === 1 ? "is" : "are"} left out`;
    note.textContent =
      without === null ? "" : `Measured without ${without}${leftOut > 0 ? `; ${rows}` : ""}.`;
  }

  /** @param {string} key @param {...Node} content */
  #put(key, ...content) {
    this.#rooms[key]?.replaceChildren(...content);
  }

  /**
   * @param {string} key
   * @param {string} caption
   * @param {import("./types.js").Hit[]} hits
   * @param {string[]} genres
   */
  async #worst(key, caption, hits, genres) {
    const shown = hits.slice(0, 20);
    const rows = await this.#rowsOf(shown);
    this.#put(key, hitTable(caption, genres, shown, rows, openInClassify));
  }

  /** @param {import("./types.js").Hit[]} hits @returns {Promise<Row[]>} */
  #rowsOf(hits) {
    return this.#client.ask("rows", { rows: hits.map(({ row }) => row) });
  }

  #numbersOf = "Drama";

  /** @param {Curves} curves @param {ModelDecisions} own @param {string[]} genres */
  async #numbers(curves, own, genres) {
    const { outcomeChart } = await import("./outcomes.js");
    const genre = Math.max(0, genres.indexOf(this.#numbersOf));
    const options = genres.map((name) => make("option", { value: name }, name));
    const select = make("select", { id: "numbers-of" }, ...options);
    select.value = genres[genre] ?? "";
    select.addEventListener("change", () => {
      this.#numbersOf = select.value;
      void this.#numbers(curves, own, genres);
    });
    this.#put(
      "numbers",
      correlationTable(curves, genres, this.#model),
      make("h4", {}, "By what became of a genre"),
      make("label", {}, "Genre ", select),
      make(
        "div",
        { className: "pictures" },
        ...curves.columns.map((column, i) =>
          outcomeChart(column, genres[genre] ?? "", own.numbers[i]?.[genre]),
        ),
      ),
    );
  }

  #curveOf = "";

  /** @param {Curves} curves @param {string[]} genres */
  async #drawCurves(curves, genres) {
    const { precisionRecallChart, reliabilityChart } = await import("./charts.js");
    const options = genres.map((genre) => make("option", { value: genre }, genre));
    const select = make(
      "select",
      { id: "curve-of" },
      make("option", { value: "" }, "All"),
      ...options,
    );
    select.value = genres.includes(this.#curveOf) ? this.#curveOf : "";
    select.addEventListener("change", () => {
      this.#curveOf = select.value;
      void this.#drawCurves(curves, genres);
    });
    const genre = genres.indexOf(select.value);
    this.#put(
      "curves",
      make("label", {}, "Genre ", select),
      make(
        "div",
        { className: "pictures" },
        reliabilityChart(curves, genres, genre < 0 ? null : genre),
        precisionRecallChart(curves, genres, Math.max(0, genre)),
      ),
    );
  }

  /** @param {ModelDecisions} own @param {string[]} genres */
  #replaced(own, genres) {
    const table = matrix({
      caption: "Genres chosen in place of others",
      genres,
      counts: own.replaced,
      order: own.replacedOrder,
      normalised: false,
      open: (missed, chosen) =>
        void this.#openRows(
          { kind: "replaced", missed, chosen },
          `${genres[missed]} missed, ${genres[chosen]} chosen`,
        ),
    });
    this.#put("replaced", table);
  }

  /** @param {Curves} curves @param {ModelDecisions} own @param {string[]} genres */
  #together(curves, own, genres) {
    const press = button(
      this.#normalised ? "Show counts" : "Show each column in percent",
      () => {
        this.#normalised = !this.#normalised;
        this.#together(curves, own, genres);
      },
      "quiet",
    );
    /** @param {string} caption @param {number[][]} counts @param {import("./types.js").Order} order @param {"bothThere" | "bothChosen"} kind */
    const table = (caption, counts, order, kind) =>
      matrix({
        caption,
        genres,
        counts,
        order,
        normalised: this.#normalised,
        open: (a, b) =>
          void this.#openRows({ kind, a, b }, `${caption}: ${genres[a]} and ${genres[b]}`),
      });
    this.#put(
      "together",
      press,
      make("h4", {}, "In the labels"),
      table("In the labels", curves.together, curves.togetherOrder, "bothThere"),
      make("h4", {}, "As chosen"),
      table("As chosen", own.together, own.togetherOrder, "bothChosen"),
    );
  }

  /** @param {Query} query @param {string} title */
  async #openRows(query, title) {
    const genres = this.#decisions?.genres ?? [];
    const request = { ...this.#setting, model: this.#model, query, most: MOST };
    const hits = await this.#client.ask("hits", request);
    const rows = await this.#rowsOf(hits);
    const section = /** @type {HTMLElement} */ (this.element.querySelector("#report-rows"));
    section.hidden = false;
    const heading = /** @type {HTMLElement} */ (section.querySelector("h3"));
    heading.textContent = `${title}: ${hits.length === MOST ? `the first ${MOST} rows` : counted(hits.length, "row", "rows")}`;
    heading.tabIndex = -1;
    this.#put("rows", hitTable(title, genres, hits, rows, openInClassify));
    heading.focus();
  }

  async #savePage() {
    const request = { ...this.#setting, name: this.name, tuned: this.#tuned };
    if (this.#intervals === null) await this.#client.ask("intervals", this.#setting);
    const page = await this.#client.ask("page", request);
    save(`${this.name}.report.html`, "text/html;charset=utf-8", page);
  }

  async #saveJson() {
    const { falsePositives = [], falseNegatives = [] } = this.#decisions?.models[this.#model] ?? {};
    const hits = [...falsePositives, ...falseNegatives];
    const rows = Object.fromEntries(
      (await this.#rowsOf(hits)).map((row, i) => [hits[i]?.row, row]),
    );
    const report = {
      file: this.name,
      decisions: this.#decisions,
      curves: this.#curves,
      intervals: this.#intervals,
      thresholds: this.#setting.thresholds,
      tunedOnThisFile: this.#tuned,
      rows,
    };
    save(`${this.name}.report.json`, "application/json", JSON.stringify(report, null, 1));
  }

  async #saveCsv() {
    const { genres = [], models = [] } = this.#decisions ?? {};
    const own = models[this.#model];
    if (own === undefined) return;
    const table = [["kind", "genre", "probability", "line", "id", "title", "labels", "text"]];
    for (const [kind, hits] of /** @type {const} */ ([
      ["false positive", own.falsePositives],
      ["false negative", own.falseNegatives],
    ])) {
      const rows = await this.#rowsOf(hits);
      hits.forEach(({ genre, probability }, i) => {
        const row = /** @type {Row} */ (rows[i]);
        table.push([
          kind,
          genres[genre] ?? "",
          probability.toFixed(4),
          String(row.line),
          row.id ?? "",
          row.title ?? "",
          row.genres.join("|"),
          row.text,
        ]);
      });
    }
    const metrics = HEADLINES.map(([name, , of]) => ["metric", name, String(of(own.metrics))]);
    save(`${this.name}.mistakes.csv`, "text/csv;charset=utf-8", csv([...table, ...metrics]));
  }
}

/** @param {Row} row */
function openInClassify({ title, text }) {
  dispatchEvent(new CustomEvent("plotlens-open", { detail: { title: title ?? "", text } }));
  location.hash = "#classify";
}
