import { counted } from "../page/format.js";
import { button, make, replaceChildren } from "./dom.js";
import { hitTable } from "./report.js";
import { saveCsv, saveJson, savePage } from "./saves.js";
import { makeSections, openInClassify } from "./sections.js";
import { Settings } from "./settings.js";
import { turn } from "./turn.js";

/** @import { Client } from "./client.js" */
/** @import { Drawn, Section } from "./sections.js" */
/** @import { Curves, Decisions, Hit, Interval, Query, Row, Setting } from "./types.js" */

/** Rows listed behind a cell. */
const MOST = 100;
/** Rest after which intervals are drawn anew, in milliseconds. */
const REST = 400;
/** Both models together. */
const BOTH = 2;

/** The report, and what moves it: model, thresholds, a genre left out. */
export class ReportView {
  element = make("div", { className: "report", hidden: true });
  #client;
  #attempt;
  #name = "";
  #foreign = false;
  /** @type {Setting | null} null until it is known what the models bring */
  #setting = null;
  /** @type {string[]} */
  #genres = [];
  /** @type {Decisions | null} */
  #decisions = null;
  /** @type {Curves | null} */
  #curves = null;
  /** @type {Interval[][] | null} */
  #intervals = null;
  #measuring = false;
  #again = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #rest;
  /** @type {Section[]} */
  #sections = [];
  /** @type {Map<string, HTMLElement>} where each section is drawn */
  #rooms = new Map();
  #settings = new Settings({
    shown: () => void this.#draw(),
    moved: () => void this.#measure(),
    without: () => void this.#measure(true),
    tune: () => void this.#attempt(() => this.#tune()),
    reset: () => void this.#attempt(() => this.#reset()),
  });

  /**
   * @param {Client} client
   * @param {(work: () => Promise<unknown>) => Promise<void>} attempt does what may fail, and tells of it
   */
  constructor(client, attempt) {
    this.#client = client;
    this.#attempt = attempt;
  }

  /**
   * Another file is to be reported.
   *
   * @param {string} [name] the labelled file's
   * @param {Setting | null} [setting] what it was measured under when it was saved
   * @param {boolean} [foreign] its scores are of other models than this page's
   */
  clear(name = "", setting = null, foreign = false) {
    clearTimeout(this.#rest);
    this.element.hidden = true;
    this.element.replaceChildren();
    this.#decisions = this.#curves = this.#intervals = null;
    [this.#name, this.#setting, this.#foreign] = [name, setting, foreign];
  }

  /** Measures what is scored and shows it. */
  async show() {
    const { genres, thresholds } = await this.#client.ask("basis");
    this.#genres = genres;
    this.#setting ??= { thresholds, without: null, tuned: false, model: BOTH };
    this.#decisions = await this.#client.ask("decisions", this.#setting);
    if (this.#setting === null || this.#decisions === null) return;
    this.#showSettings(this.#setting, this.#decisions);
    this.#frame();
    await this.#measure(true);
  }

  #frame() {
    this.#sections = makeSections();
    const rooms = this.#sections.map(({ key, title, aside }) => {
      const body = make("div");
      this.#rooms.set(key, body);
      const note = aside && make("p", { className: "aside" }, aside);
      const hidden = key === "rows";
      return make("section", { id: `report-${key}`, hidden }, make("h3", {}, title), note, body);
    });
    const foreign =
      this.#foreign &&
      make(
        "p",
        { className: "alarm", id: "foreign-note" },
        "Other models than this page’s gave these scores: in the Classify view a film may get others.",
      );
    this.element.replaceChildren(...(foreign ? [foreign] : []), this.#settings.element, ...rooms);
    this.element.hidden = false;
  }

  /**
   * @param {Setting} setting
   * @param {Decisions} decisions
   */
  #showSettings(setting, decisions) {
    /** @param {string} label @param {() => Promise<unknown>} work */
    const press = (label, work) => button(label, () => void this.#attempt(work), "quiet");
    const saves = make("p", { className: "saves" });
    saves.append(
      press("Save report", async () => (await this.#drawn(), await savePage(...this.#saved()))),
      " ",
      press("Save JSON", async () => (await this.#drawn(), await saveJson(...this.#saved()))),
      " ",
      press("Save CSV", () => this.#saveCsv()),
      " ",
      button("Print", () => print(), "quiet"),
    );
    this.#settings.show(setting, this.#genres, decisions, saves);
  }

  /** @returns {[Client, string, Setting]} */
  #saved() {
    return [this.#client, this.#name, /** @type {Setting} */ (this.#setting)];
  }

  async #saveCsv() {
    const [decisions, setting] = [this.#decisions, this.#setting];
    if (decisions !== null && setting !== null)
      await saveCsv(this.#client, this.#name, decisions, setting.model);
  }

  /** Sees to the intervals of what is to be saved. */
  async #drawn() {
    const setting = /** @type {Setting} */ (this.#setting);
    if (this.#intervals === null) await this.#client.ask("intervals", setting);
  }

  async #tune() {
    const setting = /** @type {Setting} */ (this.#setting);
    setting.thresholds = await this.#client.ask("tuned", setting);
    setting.tuned = true;
    this.#settings.refresh();
    await this.#measure();
  }

  async #reset() {
    const setting = /** @type {Setting} */ (this.#setting);
    ({ thresholds: setting.thresholds } = await this.#client.ask("basis"));
    setting.tuned = false;
    this.#settings.refresh();
    await this.#measure();
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
      while (this.#again && this.#setting !== null) {
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
    const decisions = this.#decisions;
    const found = await this.#client.ask("intervals", this.#setting ?? {}).catch(() => null);
    if (found === null || decisions === null || this.#decisions !== decisions) return;
    this.#intervals = found;
    await this.#drawSection("metrics");
  }

  /** Draws section by section, so that no task is long. */
  async #draw() {
    const decisions = this.#decisions;
    if (decisions === null) return;
    this.#settings.note(decisions);
    for (const { key } of this.#sections) {
      await turn();
      if (this.#decisions !== decisions || this.element.hidden) return;
      if (key !== "rows") await this.#drawSection(key);
    }
  }

  /** @param {string} key */
  async #drawSection(key) {
    const section = this.#sections.find((own) => own.key === key);
    const drawn = this.#toDraw();
    if (section === undefined || drawn === null) return;
    const nodes = await section.draw(drawn, () => void this.#drawSection(key));
    const room = this.#rooms.get(key);
    if (room !== undefined && this.#decisions === drawn.decisions) replaceChildren(room, nodes);
  }

  /** @returns {Drawn | null} */
  #toDraw() {
    const [decisions, curves, intervals] = [this.#decisions, this.#curves, this.#intervals];
    const model = this.#setting?.model ?? BOTH;
    const own = decisions?.models[model];
    if (decisions === null || curves === null || own === undefined) return null;
    const rowsOf = (/** @type {Hit[]} */ hits) => this.#rowsOf(hits);
    const openRows = (/** @type {Query} */ query, /** @type {string} */ title) =>
      void this.#attempt(() => this.#openRows(query, title));
    return { decisions, curves, intervals, model, own, rowsOf, openRows };
  }

  /** @param {Hit[]} hits @returns {Promise<Row[]>} */
  #rowsOf(hits) {
    return this.#client.ask("rows", { rows: hits.map(({ row }) => row) });
  }

  /** @param {Query} query @param {string} title */
  async #openRows(query, title) {
    const genres = this.#decisions?.genres ?? [];
    /** @type {Hit[]} */
    const hits = await this.#client.ask("hits", { ...this.#setting, query, most: MOST });
    const rows = await this.#rowsOf(hits);
    const section = /** @type {HTMLElement} */ (this.element.querySelector("#report-rows"));
    section.hidden = false;
    const heading = /** @type {HTMLElement} */ (section.querySelector("h3"));
    heading.textContent = `${title}: ${hits.length === MOST ? `the first ${MOST} rows` : counted(hits.length, "row", "rows")}`;
    heading.tabIndex = -1;
    this.#rooms.get("rows")?.replaceChildren(hitTable(title, genres, hits, rows, openInClassify));
    heading.focus();
  }
}
