import "../engine/trusted-types.js";
import { PlotLens } from "../plotlens.js";
import { Announcer } from "./announce.js";
import { Contrast } from "./contrast.js";
import { because, runsOn } from "./device.js";
import { Examples } from "./examples.js";
import { fromFragment } from "./fragment.js";
import { GenreList } from "./genres.js";
import { LeaveOut } from "./leave-out.js";
import { LoadStatus } from "./load-status.js";
import { Reader } from "./reader.js";
import { Reading } from "./reading.js";
import { Readout } from "./readout.js";
import { SecondEngine } from "./second-engine.js";
import { sizes, spoken } from "./sentences.js";
import { asJson, copy, linkTo } from "./share.js";
import { makeSurface } from "./surface.js";
import { setUpTheme } from "./theme.js";
import { element, setText, View } from "./view.js";
import { WhyTable } from "./why.js";
import { WordTest } from "./word-test.js";

/** @import { Answer, ModelName, Predictor } from "../engine/types.js" */
/** @import { PlotLensError } from "../plotlens.js" */
/** @import { Plot } from "./reading.js" */

/** What a screen reader is told waits until typing rests, in milliseconds. */
const QUIET = 900;

/** The page: brings its parts together and says what each event leads to. */
class App {
  #reading = new Reading();
  #announcer = new Announcer(element("announcer"));
  #surface = makeSurface(element("surface"), {
    placeholder: "Paste or type what happens in a film.",
    attributes: { id: "text", "aria-labelledby": "text-label" },
    changed: () => this.#edited(),
  });
  #title = /** @type {HTMLInputElement} */ (element("title"));
  #readout = new Readout(element("readout"), this.#surface, (spans) =>
    this.#leaveOut.toggle(spans),
  );
  #loading = new LoadStatus(
    /** @type {HTMLProgressElement} */ (element("load-line")),
    /** @type {HTMLButtonElement} */ (element("retry")),
    () => this.#view.note(),
  );
  #examples = new Examples(element("examples"), (plot) => this.#replace(plot));
  #view = new View(
    {
      surface: this.#surface,
      genres: new GenreList(element("genres"), (genre) => this.#pick(genre)),
      why: new WhyTable(
        /** @type {HTMLTableElement} */ (element("ledger")),
        (spans) => this.#readout.mark(spans),
        {
          has: (spans) => this.#leaveOut.has(spans),
          toggle: (spans) => this.#leaveOut.toggle(spans),
        },
      ),
      contrast: new Contrast(/** @type {HTMLSelectElement} */ (element("contrast")), (genre) =>
        this.#compareWith(genre),
      ),
      readout: this.#readout,
      loading: this.#loading,
    },
    this.#reading,
  );
  #second = new SecondEngine(this.#reading);
  #lens = PlotLens.open({
    onProgress: (progress) => this.#loading.progress(progress),
    onDevice: (device) => {
      setText("device", runsOn(device));
      setText("device-why", because(device));
    },
  });
  #test = new WordTest(this.#lens, this.#reading, () => this.#view.why());
  #leaveOut = new LeaveOut(this.#lens, this.#reading, this.#surface, () => this.#view.why());
  #reader = new Reader(this.#lens, {
    answered: (plot, answer) => this.#answered(plot, answer),
    failed: (plot, model, error) => this.#failed(plot, model, error),
  });

  start() {
    setUpTheme(element("theme"));
    this.#setUpButtons();
    this.#setUpFolds();
    this.#view.blank();
    this.#follow();
    this.#readFragment();
    addEventListener("hashchange", () => this.#readFragment());
    // A row of the Evaluate view is opened here.
    addEventListener("plotlens-open", (event) => {
      this.#replace(/** @type {CustomEvent<Plot>} */ (event).detail);
    });
  }

  #setUpButtons() {
    element("retry").addEventListener("click", () => this.#retry());
    this.#title.addEventListener("input", () => this.#edited());
    element("clear").addEventListener("click", () => this.#replace({ title: "", text: "" }));
    element("copy-link").addEventListener("click", () => void this.#copyLink());
    element("copy-result").addEventListener("click", () => void this.#copyResult());
    element("explained").addEventListener("change", (event) => {
      if (!(event.target instanceof HTMLInputElement)) return;
      this.#reading.wish = /** @type {Predictor} */ (event.target.value);
      this.#view.why();
    });
  }

  /** Reasons are folded on a phone, and open on paper. */
  #setUpFolds() {
    const fold = /** @type {HTMLDetailsElement} */ (element("why"));
    fold.open = matchMedia("(min-width: 62rem)").matches;
    addEventListener("beforeprint", () => (fold.open = true));
  }

  /** Tells of the loading that is under way, until it is done or has failed. */
  #follow() {
    const lens = this.#lens;
    lens.keywordsReady.then(
      () => {
        if (lens.manifest === null) return;
        this.#view.genreNames = lens.manifest.genres;
        setText("sizes", sizes(lens.manifest));
        lens.ready.then(
          () => this.#loading.done(),
          (error) => this.#loadFailed("distilbert", error),
        );
      },
      (error) => this.#loadFailed("keywords", error),
    );
  }

  /**
   * @param {ModelName} model
   * @param {PlotLensError} error
   */
  #loadFailed(model, error) {
    this.#loading.fail(model, error);
    this.#announcer.say(this.#loading.sentence);
  }

  #retry() {
    this.#loading.start();
    this.#lens.retry().catch(() => {});
    this.#follow();
    if (this.#surface.text !== "") this.#reader.read(this.#plot, { wait: false });
  }

  /** What stands on the page. */
  get #plot() {
    return { title: this.#title.value.trim(), text: this.#surface.text };
  }

  #edited() {
    const plot = this.#plot;
    // The link in the address bar does not hold this text any more.
    if (location.hash.startsWith("#t=")) history.replaceState(null, "", "#");
    this.#examples.settle(plot);
    this.#reading.edit(plot);
    this.#second.edited();
    this.#test.edited();
    this.#leaveOut.edited();
    this.#view.edited();
    this.#reader.read(plot);
  }

  /** @param {Plot} plot */
  #replace({ title, text }) {
    this.#examples.keep(this.#plot);
    this.#title.value = title;
    this.#surface.replace(text);
    this.#edited();
  }

  /** @param {string | null} genre */
  #compareWith(genre) {
    this.#reading.compareWith(genre);
    this.#view.why();
  }

  /** @param {string} genre */
  #pick(genre) {
    this.#reading.pick(genre);
    this.#view.why();
  }

  /**
   * @param {Plot} plot
   * @param {Answer} answer
   */
  #answered(plot, answer) {
    this.#reading.take(plot, answer);
    this.#view.answer();
    const last = answer.genres[0]?.distilbert !== null || this.#loading.sentence !== "";
    if (last) this.#announcer.say(spoken(plot.text, answer), QUIET);
  }

  /**
   * @param {Plot} plot
   * @param {ModelName} model
   * @param {PlotLensError} error
   */
  #failed(plot, model, error) {
    if (!error.code.startsWith("text-")) {
      // What went wrong with loading is told already; here a worker that broke could not be replaced.
      if (!this.#loading.failed && plot.text === this.#surface.text) this.#loadFailed(model, error);
      return;
    }
    this.#reading.forget();
    this.#view.blank();
    this.#view.problem(error.message, error.code);
    this.#announcer.say(error.message, QUIET);
  }

  #readFragment() {
    const found = fromFragment(location.hash);
    if (found.kind === "plot") this.#replace(found.plot);
    if (found.kind !== "bad") return;
    this.#view.problem(found.why, "link-damaged");
    this.#announcer.say(found.why);
  }

  async #copyLink() {
    if (this.#plot.text === "") return this.#tell("There is no text to link to yet.");
    const link = linkTo(this.#plot);
    if (link === null) return this.#tell("This text is too long for a link; copy the text itself.");
    this.#tell((await copy(link)) ? "Link copied; it holds the whole text." : NOT_COPIED);
  }

  async #copyResult() {
    const { main, stale } = this.#reading;
    if (main === null || stale) return this.#tell("There is no answer to copy yet.");
    const done = await copy(asJson(main, main.answer));
    this.#tell(done ? "Result copied as JSON." : NOT_COPIED);
  }

  /** @param {string} sentence */
  #tell(sentence) {
    this.#view.problem(sentence, "");
    this.#announcer.say(sentence);
  }
}

const NOT_COPIED = "The browser did not let the page copy; select the text and copy it by hand.";

new App().start();
