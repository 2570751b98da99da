import { asPlotLensError } from "../engine/errors.js";
import { withPlainBreaks } from "../page/fragment.js";
import { GenreList } from "../page/genres.js";
import { noPaint, paintOf } from "../page/levels.js";
import { Reader } from "../page/reader.js";
import { Reading } from "../page/reading.js";
import { makeSurface } from "../page/surface.js";
import { build } from "./dom.js";
import { Follower } from "./follower.js";
import { FormField } from "./form-field.js";
import { lenses } from "./lenses.js";
import { DARK, themeAround } from "./theme.js";
import { Words } from "./words.js";

/** @import { Answer, DeviceWish, ModelName, Progress } from "../engine/types.js" */
/** @import { Plot } from "../page/reading.js" */
/** @import { PlotLens, PlotLensError } from "../plotlens.js" */
/** @import { Strings } from "./strings.js" */
/** @import { PlotLensAttributes, PlotLensEvents } from "./types.js" */

/** How many genres are shown where the attribute does not say. */
const GENRES = 5;

/**
 * `<plot-lens>`: a text, its genres, and the words that speak for them. `PlotLensAttributes` are its
 * attributes, `PlotLensEvents` what it tells; in a form it submits each chosen genre under its name.
 */
export class PlotLensElement extends FormField {
  /** @internal */
  static observedAttributes = /** @type {(keyof PlotLensAttributes)[]} */ ([
    ...["value", "placeholder", "readonly", "genres", "film-title", "for", "model", "device"],
    ...["lang", "name"],
  ]);

  #dom = build(this.attachShadow({ mode: "open", delegatesFocus: true }));
  #reading = new Reading();
  /** @type {Partial<Strings>} */
  #own = {};
  #words = new Words("en", {});
  #surface = makeSurface(this.#dom.surface, {
    placeholder: "",
    attributes: { part: "sheet" },
    changed: () => {
      this.#pristine = false;
      this.#edited();
    },
  });
  #genres = new GenreList(this.#dom.genres, (genre) => this.#pick(genre), { rows: 0 });
  /** @type {{ lens: PlotLens, reader: Reader, release: () => void } | null} */
  #taken = null;
  #source = new Follower((text) => {
    this.#take();
    if (text !== this.value) this.#replace(text);
  });
  /** What the line below the genres is about. @type {"reading" | "loading" | "text" | "failure"} */
  #noted = "reading";
  /** Whether nothing but the `value` attribute has set the text. */
  #pristine = true;
  #visible = new IntersectionObserver((entries) => {
    if (entries.some(({ isIntersecting }) => isIntersecting) && this.value !== "") this.#take();
  });
  #dress = () => (this.#dom.root.dataset["theme"] = themeAround(this.#dom.ink));

  constructor() {
    super();
    this.addEventListener("focusin", () => this.#take());
    this.#dom.retry.addEventListener("click", () => this.retry());
  }

  /** @internal */
  connectedCallback() {
    this.#dress();
    DARK.addEventListener("change", this.#dress);
    this.#speak();
    this.#attach();
    this.#visible.observe(this);
    if (this.getAttribute("loading") === "eager") this.#take();
    this.#show();
    this.#paint();
  }

  /** @internal */
  disconnectedCallback() {
    DARK.removeEventListener("change", this.#dress);
    this.#visible.disconnect();
    this.#source.stop();
    // What is only moved is connected again before this runs.
    queueMicrotask(() => {
      if (this.isConnected) return;
      this.#surface.clear();
      this.#letGo();
    });
  }

  /**
   * @internal
   * @param {string} name
   * @param {string | null} _before
   * @param {string | null} after
   */
  attributeChangedCallback(name, _before, after) {
    if (name === "value" && this.#pristine) this.#replace(after ?? "");
    if (name === "film-title") this.#edited();
    if (name === "model" || name === "device") this.#change();
    if (name === "name") this.setSubmitted(this.chosen, this.value);
    if (!this.isConnected) return;
    if (name === "lang" || name === "placeholder" || name === "readonly") this.#speak();
    if (name === "genres") this.#show();
    if (name === "for") this.#attach();
  }

  /** The text. */
  get value() {
    return this.#surface.text;
  }

  set value(text) {
    this.#pristine = false;
    // As in a text area: what is there already leaves the caret and the undo steps alone.
    if (withPlainBreaks(String(text)) !== this.value) this.#replace(String(text));
  }

  /** The last answer to the text as it is now; null before there is one. */
  get answer() {
    const { main, stale } = this.#reading;
    return main === null || stale ? null : main.answer;
  }

  /** The genres that were chosen for the text as it is now. */
  get chosen() {
    return this.answer?.genres.filter(({ chosen }) => chosen).map(({ genre }) => genre) ?? [];
  }

  /** Words of the site's own in place of ours, in whatever language. */
  get strings() {
    return this.#own;
  }

  set strings(own) {
    this.#own = { ...own };
    this.#speak();
    this.#show();
  }

  /**
   * Asks both models about any text; what is shown stays as it is.
   *
   * @param {string} [text] the text shown, where left out
   * @param {{ title?: string, signal?: AbortSignal }} [options]
   * @returns {Promise<Answer>}
   * @throws {PlotLensError} as `PlotLens.classify`
   */
  async classify(text = this.value, options = {}) {
    const { lens } = this.#take();
    return lens.classify(text, options);
  }

  /** Loads what could not be loaded, and reads the text again. */
  retry() {
    const { lens } = this.#take();
    this.#note("", "reading");
    lens.retry().catch(() => {});
    this.#follow();
  }

  /** @internal */
  formResetCallback() {
    this.#pristine = true;
    this.#replace(this.getAttribute("value") ?? "");
    // The field that it follows may be reset after it.
    queueMicrotask(() => this.#source.tell());
  }

  /** @internal */
  formDisabledCallback() {
    this.#lock();
  }

  /**
   * @internal
   * @param {unknown} state what a form's last visit left
   */
  formStateRestoreCallback(state) {
    if (typeof state === "string") this.value = state;
  }

  get #plot() {
    return { title: this.getAttribute("film-title") ?? "", text: this.#surface.text };
  }

  /** The models, from now on until the element leaves the page. */
  #take() {
    if (this.#taken !== null) return this.#taken;
    const device = this.getAttribute("device") ?? "auto";
    const model = this.getAttribute("model") ?? undefined;
    const wanted = { model, device: /** @type {DeviceWish} */ (device) };
    const { lens, release } = lenses.take(wanted, (progress) => this.#progress(progress));
    const reader = new Reader(lens, {
      answered: (plot, answer) => this.#answered(plot, answer),
      failed: (plot, model, error) => this.#failed(plot, model, error),
    });
    this.#taken = { lens, reader, release };
    this.#follow();
    return this.#taken;
  }

  /** Waits for the loading that is under way, and reads what is there. */
  #follow() {
    if (this.#taken === null) return;
    const { lens, reader } = this.#taken;
    this.#listen(lens);
    if (this.value !== "") reader.read(this.#plot, { wait: false });
  }

  #letGo() {
    this.#taken?.reader.stop();
    this.#taken?.release();
    this.#taken = null;
  }

  /** Other models are wanted. */
  #change() {
    if (this.#taken === null) return;
    this.#letGo();
    this.#take();
  }

  /** @param {PlotLens} lens */
  #listen(lens) {
    lens.ready.then(
      () => {
        if (this.#taken?.lens !== lens) return;
        if (this.#noted !== "text") this.#note("", "reading");
        this.#show();
        this.#tell("plotlens-ready", lens.manifest);
      },
      (error) => {
        if (this.#taken?.lens === lens) this.#loadFailed(asPlotLensError(error, "worker-lost"));
      },
    );
  }

  /** @param {PlotLensError} error */
  #loadFailed(error) {
    this.#note(this.#words.error(error), "failure");
    this.#tell("plotlens-error", error);
  }

  /** @param {Progress} progress */
  #progress(progress) {
    // Another element that shares the models has had them loaded again.
    if (this.#noted === "failure") {
      this.#note("", "reading");
      this.#follow();
    }
    if (progress.phase === "download" && progress.total > 0 && this.#noted !== "text") {
      this.#note(this.#words.loading(progress.loaded / progress.total), "loading");
    }
    if (progress.phase === "ready" && this.#noted === "loading") {
      this.#note("", "reading");
      this.#show();
    }
    this.#tell("plotlens-progress", progress);
  }

  #edited() {
    const plot = this.#plot;
    this.#reading.edit(plot);
    this.setSubmitted(this.chosen, this.value);
    if (plot.text.trim() === "") {
      this.#taken?.reader.stop();
      this.#reading.forget();
      if (this.#noted !== "failure") this.#note("", "reading");
      return this.#show();
    }
    if (this.#taken !== null) this.#taken.reader.read(plot);
    else if (this.isConnected) this.#visible.observe(this);
  }

  /** @param {string} text */
  #replace(text) {
    this.#surface.replace(text);
    this.#edited();
    // Seen already, an element whose text comes late is not told of again.
    this.#visible.unobserve(this);
    if (this.isConnected) this.#visible.observe(this);
  }

  /**
   * @param {Plot} plot
   * @param {Answer} answer
   */
  #answered(plot, answer) {
    this.#reading.take(plot, answer);
    if (this.#noted === "text") this.#note("", "reading");
    this.#show();
    this.setSubmitted(this.chosen, this.value);
    this.#tell("plotlens-result", { ...plot, answer, final: answer.model !== "keywords" });
  }

  /**
   * @param {Plot} _plot
   * @param {ModelName} model
   * @param {PlotLensError} error
   */
  #failed(_plot, model, error) {
    // What goes wrong with loading is told once, by `#listen`.
    if (!error.code.startsWith("text-") || model === "distilbert") return;
    this.#reading.forget();
    this.#show();
    this.#note(this.#words.error(error), "text");
    this.#tell("plotlens-error", error);
  }

  /** @param {string} genre */
  #pick(genre) {
    this.#reading.pick(genre);
    this.#show();
  }

  /** Shows the answer that there is. */
  #show() {
    this.#dress();
    const { main, genre, stale } = this.#reading;
    const { root, verdict, legend, towards } = this.#dom;
    verdict.toggleAttribute("data-question", main === null);
    legend.hidden = main === null;
    this.#genres.words = this.#words;
    if (main === null) {
      verdict.textContent = this.#words.plain.question;
      const names = this.#taken?.lens.manifest?.genres ?? [];
      if (names.length > 0) this.#genres.blank(names.slice(0, this.#most));
      this.#surface.paint(noPaint().set("unread", []));
      return;
    }
    const { answer, text } = main;
    root.dataset["of"] = answer.model;
    verdict.textContent = this.#words.verdict(answer);
    towards.textContent = this.#words.plain.towards(this.#words.name(genre));
    const shown = answer.genres.slice(0, this.#most);
    // The chosen ones too, and the one that the paint is about.
    const more = answer.genres.slice(this.#most).filter((row) => row.chosen || row.genre === genre);
    this.#genres.show({ ...answer, genres: [...shown, ...more] }, genre);
    this.#genres.stale = stale;
    if (!stale && this.#noted === "reading") this.#note(this.#words.read(text, answer), "reading");
    this.#paint();
  }

  #paint() {
    const { explained, model, genreIndex } = this.#reading;
    if (explained === null || !this.#reading.isFor(explained)) return;
    const { answer, text } = explained;
    const from = answer.read.truncatedAt;
    const unread = from === null ? [] : [{ start: from, end: text.length }];
    this.#surface.paint(paintOf(answer, model, genreIndex).set("unread", unread));
  }

  get #most() {
    const most = Number(this.getAttribute("genres") ?? GENRES);
    return Number.isInteger(most) && most > 0 ? most : GENRES;
  }

  /**
   * @param {string} sentence
   * @param {"reading" | "loading" | "text" | "failure"} about
   */
  #note(sentence, about) {
    this.#noted = about;
    this.#dom.sentence.textContent = sentence;
    this.#dom.note.toggleAttribute("data-failed", about === "failure");
    this.#dom.retry.hidden = about !== "failure";
  }

  /** Puts words of the language around, or of the site's own, on everything. */
  #speak() {
    const around = this.closest("[lang]")?.getAttribute("lang") ?? "en";
    this.#words = new Words(around, this.#own);
    const { label, placeholder, genres, away, retry } = this.#words.plain;
    this.#surface.placeholder = this.getAttribute("placeholder") ?? placeholder;
    this.#surface.element.setAttribute("aria-label", label);
    this.#lock();
    this.#dom.genres.setAttribute("aria-label", genres);
    this.#dom.away.textContent = away;
    this.#dom.retry.textContent = retry;
  }

  /** Follows the field that `for` names, where it does. */
  #attach() {
    const id = this.getAttribute("for");
    const root = /** @type {Document | ShadowRoot} */ (this.getRootNode());
    this.#source.follow(id === null ? null : root.getElementById(id));
    this.#dom.root.toggleAttribute("data-for", this.#source.follows);
    this.#lock();
  }

  /** Whether the text can be edited. */
  #lock() {
    const disabled = this.matches(":disabled");
    this.#surface.readOnly = disabled || this.readOnly || this.#source.follows;
  }

  /**
   * @template {keyof PlotLensEvents} Name
   * @param {Name} name
   * @param {PlotLensEvents[Name]["detail"]} detail
   */
  #tell(name, detail) {
    const event = new CustomEvent(name, { detail, bubbles: true, composed: true });
    this.dispatchEvent(event);
  }
}
