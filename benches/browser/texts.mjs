import { readFile } from "node:fs/promises";
import { UNMISTAKABLE } from "../../tests/browser/support/texts.mjs";
import { PLOTS } from "../../www/page/plots.js";

/** Plots that read as plots do, 45 to 75 words each. */
export const PLAUSIBLE = [...PLOTS.map(({ text }) => text), ...Object.values(UNMISTAKABLE)];

/** The input of JetStream 3's `transformersjs-bert`: 2 texts of up to 8 tokens. */
export const SENTENCES = ["I love transformers!", "Benchmarking is hard."];

/**
 * The first words of the plots, over and over.
 *
 * @param {number} count
 */
export function words(count) {
  const all = PLAUSIBLE.join(" ").split(" ");
  return Array.from({ length: count }, (_, index) => all[index % all.length]).join(" ");
}

/**
 * Makes texts of exactly as many tokens as are wanted, [CLS] and [SEP] included, from words that
 * are one piece of the vocabulary.
 *
 * @param {string} tokenizerPath
 */
export async function passages(tokenizerPath) {
  const { model } = JSON.parse(await readFile(tokenizerPath, "utf8"));
  const whole = Object.keys(model.vocab).filter((piece) => /^[a-z]{3,}$/.test(piece));
  /** @param {number} tokens */
  return (tokens) => {
    const chosen = Array.from({ length: tokens - 2 }, (_, i) => whole[(i * 7919) % whole.length]);
    return chosen.join(" ");
  };
}
