import { counted } from "./format.js";
import { element, setText } from "./view.js";

/** @import { Answer, PackedEffects } from "../engine/types.js" */
/** @import { PlotLens, PlotLensError } from "../plotlens.js" */
/** @import { Answered, Reading } from "./reading.js" */

/** “Test these words”: what happens to each genre as words are taken away, painted as it is found. */
export class WordTest {
  #lens;
  #reading;
  #changed;
  #button = element("test-words");
  #progress = /** @type {HTMLProgressElement} */ (element("test-progress"));
  /** @type {AbortController | null} of the test under way */
  #running = null;

  /**
   * @param {PlotLens} lens
   * @param {Reading} reading
   * @param {() => void} changed told when there is something else to paint
   */
  constructor(lens, reading, changed) {
    this.#lens = lens;
    this.#reading = reading;
    this.#changed = changed;
    this.#button.addEventListener("click", () => this.#press());
  }

  /** The text has changed: what was tested is no more about it. */
  edited() {
    this.#stop("");
  }

  #press() {
    if (this.#running !== null) {
      this.#stop("Stopped.");
      this.#changed();
    } else if (this.#reading.tested !== null) {
      this.#stop("");
      this.#changed();
    } else {
      void this.#run();
    }
  }

  /** @param {string} note */
  #stop(note) {
    this.#running?.abort();
    this.#running = null;
    this.#reading.tested = null;
    this.#show("Test these words", note);
  }

  async #run() {
    const subject = this.#reading.main;
    if (subject === null || this.#reading.answeredBy !== "both") {
      return setText("test-note", "There is no answer of DistilBERT to test yet.");
    }
    const running = (this.#running = new AbortController());
    this.#progress.value = 0;
    this.#show("Stop", "Taking words away…");
    const { text, title } = subject;
    try {
      const { signal } = running;
      const onFound = (/** @type {PackedEffects} */ effects) => {
        if (this.#running === running) this.#take(subject, effects);
      };
      onFound(await this.#lens.test(text, { title, signal, onFound }));
      if (this.#running !== running) return;
      this.#running = null;
      const times = counted(Number(this.#progress.max), "time", "times");
      this.#show("Show what adds up", `Tested: the text was read ${times} with words taken away.`);
    } catch (error) {
      if (this.#running !== running) return;
      this.#stop(/** @type {PlotLensError} */ (error).message);
      this.#changed();
    }
  }

  /**
   * @param {Answered} subject
   * @param {PackedEffects} effects
   */
  #take(subject, effects) {
    this.#progress.max = effects.total;
    this.#progress.value = effects.done;
    this.#reading.tested = { ...subject, answer: withEffects(subject.answer, effects) };
    this.#changed();
  }

  /**
   * @param {string} label
   * @param {string} note
   */
  #show(label, note) {
    this.#button.textContent = label;
    this.#progress.hidden = this.#running === null;
    setText("test-note", note);
  }
}

/**
 * An answer whose words have the effects that were tested in place of their shares.
 *
 * @param {Answer} answer
 * @param {Pick<PackedEffects, "explained" | "vectors">} effects
 * @returns {Answer}
 */
export function withEffects(answer, { explained, vectors }) {
  const size = answer.genres.length;
  let at = 0;
  const words = answer.words.map((word) => {
    const tested = { ...word };
    for (const name of explained) tested[name] = vectors.subarray(at, (at += size));
    return tested;
  });
  return { ...answer, words };
}
