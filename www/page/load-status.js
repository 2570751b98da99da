import { size, timeLeft } from "./format.js";

/** @import { ModelName, Progress } from "../engine/types.js" */
/** @import { PlotLensError } from "../plotlens.js" */

/** Tells how far the models are: a thin line, a sentence, and Retry where it failed. */
export class LoadStatus {
  #line;
  #retry;
  #say;
  /** The sentence; empty when there is nothing to tell any more. */
  sentence = "Loading the models…";
  failed = false;

  /**
   * @param {HTMLProgressElement} line
   * @param {HTMLButtonElement} retry
   * @param {() => void} say told when `sentence` has changed
   */
  constructor(line, retry, say) {
    this.#line = line;
    this.#retry = retry;
    this.#say = say;
  }

  /** @param {Progress} progress */
  progress({ phase, model, loaded, total, secondsLeft }) {
    // Also where a worker was replaced without anybody having pressed Retry.
    if (phase === "ready" && model === "distilbert") return this.done();
    this.#line.removeAttribute("data-done");
    this.#line.value = total > 0 ? loaded / total : 0;
    const name = model === "keywords" ? "the keyword model" : "DistilBERT";
    if (phase === "verify") this.#tell(`Checking ${name}…`);
    if (phase !== "download") return;
    const left = secondsLeft === null ? "" : `, ${timeLeft(secondsLeft)} left`;
    const until = model === "distilbert" ? " Until then the keyword model answers alone." : "";
    this.#tell(`Loading ${name}: ${size(loaded)} of ${size(total)}${left}.${until}`);
  }

  start() {
    this.#line.removeAttribute("data-done");
    this.#line.value = 0;
    this.#tell("Loading the models…");
  }

  done() {
    this.#line.value = 1;
    this.#line.setAttribute("data-done", "");
    this.#tell("");
  }

  /**
   * @param {ModelName} model
   * @param {PlotLensError} error
   */
  fail(model, error) {
    this.#line.setAttribute("data-done", "");
    const what =
      model === "keywords"
        ? "The models could not be loaded."
        : "DistilBERT could not be loaded; the keyword model answers alone.";
    this.#tell(`${what} ${error.message}`, true);
  }

  /**
   * @param {string} sentence
   * @param {boolean} [failed]
   */
  #tell(sentence, failed = false) {
    this.sentence = sentence;
    this.failed = failed;
    this.#retry.hidden = !failed;
    this.#say();
  }
}
