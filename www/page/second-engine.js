import { PlotLens } from "../plotlens.js";
import { differences, secondOpinion } from "./check.js";
import { percentExactly, size } from "./format.js";
import { element, setText } from "./view.js";

/** @import { Progress } from "../engine/types.js" */
/** @import { PlotLensError } from "../plotlens.js" */
/** @import { Reading } from "./reading.js" */

/** “Check with a second engine”: the same text and weights on tract, side by side with our own answer. */
export class SecondEngine {
  #reading;
  #button = /** @type {HTMLButtonElement} */ (element("check-run"));
  #table = /** @type {HTMLTableElement} */ (element("check-table"));
  /** @type {Promise<PlotLens> | null} */
  #lens = null;

  /** @param {Reading} reading */
  constructor(reading) {
    this.#reading = reading;
    this.#button.addEventListener("click", () => void this.#check());
  }

  /** The text has changed: what was compared is no more about it. */
  edited() {
    this.#table.hidden = true;
    setText("check-note", "");
  }

  async #check() {
    const ours = this.#reading.main;
    if (ours === null || this.#reading.answeredBy !== "both") {
      return setText("check-note", "There is no answer of DistilBERT to compare with yet.");
    }
    this.#button.disabled = true;
    setText("check-note", "tract is reading…");
    try {
      this.#lens ??= PlotLens.load({ engine: "tract", onProgress: (at) => this.#progress(at) });
      const { title, text } = ours;
      const theirs = await (await this.#lens).classify(text, { title });
      // Whoever typed on meanwhile has another text before them.
      if (!this.#reading.isFor(ours)) return this.edited();
      const rows = differences(ours.answer, theirs);
      this.#show(rows);
      setText("check-note", secondOpinion(rows, ours.answer, theirs));
    } catch (error) {
      this.#lens = null;
      setText("check-note", /** @type {PlotLensError} */ (error).message);
    } finally {
      this.#button.disabled = false;
    }
  }

  /** @param {Progress} progress */
  #progress({ phase, loaded, total }) {
    if (phase === "download") setText("check-note", `Loading: ${size(loaded)} of ${size(total)}.`);
  }

  /** @param {ReturnType<typeof differences>} rows */
  #show(rows) {
    const body = /** @type {HTMLTableSectionElement} */ (this.#table.tBodies[0]);
    body.replaceChildren(
      ...rows.map(({ genre, ours, theirs }) => {
        const row = document.createElement("tr");
        const name = document.createElement("th");
        name.scope = "row";
        name.textContent = genre;
        row.append(name);
        for (const probability of [ours, theirs]) {
          row.insertCell().textContent = percentExactly(probability);
        }
        return row;
      }),
    );
    this.#table.hidden = false;
  }
}
