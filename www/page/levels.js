/** @import { Classification, Predictor, WordAnswer } from "../engine/types.js" */

/** Share of the largest excess from which each level of paint begins. */
const STEPS = [0.1, 0.2, 0.35, 0.6];

/** In a text of fewer words than this no word is typical. */
const FEW = 8;

/**
 * The largest contribution, by amount, of any word to any genre.
 *
 * @param {Classification} answer
 * @param {Predictor} model
 * @returns {number} 0 where that model did not answer
 */
export function largest(answer, model) {
  let most = 0;
  for (const word of answer.words) {
    const vector = word[model] ?? [];
    // By index: the iterator of a typed array is slow until it is optimised.
    for (let genre = 0; genre < vector.length; genre += 1) {
      most = Math.max(most, Math.abs(Number(vector[genre])));
    }
  }
  return most;
}

/**
 * What a typical word of the text contributes to a genre, by amount: the median. A model that reads
 * words in context gives some of what the text says to every word of it; paint on all of them would
 * say nothing, so only what a word has beyond this is painted.
 *
 * @param {Classification} answer
 * @param {Predictor} model
 * @param {number} genre index
 */
export function typical(answer, model, genre) {
  if (answer.words.length < FEW) return 0;
  const amounts = Float64Array.from(answer.words, (word) => Math.abs(word[model]?.[genre] ?? 0));
  return amounts.sort()[Math.floor((amounts.length - 1) / 2)] ?? 0;
}

/**
 * @param {number} value a contribution
 * @param {number} usual what `typical` gave
 * @param {number} scale the largest excess of any word for a chosen genre
 * @returns {number} 0 for unpainted, otherwise 1 to 4 with the sign of `value`
 */
export function levelOf(value, usual, scale) {
  if (!(scale > 0)) return 0;
  const share = (Math.abs(value) - usual) / scale;
  const level = STEPS.filter((step) => share >= step).length;
  return value < 0 ? -level : level;
}

/**
 * @param {number} level as `levelOf` gives it, not 0
 * @returns {string} the name of its paint, such as “for-3”
 */
export function paintName(level) {
  return level > 0 ? `for-${level}` : `against-${-level}`;
}

/**
 * Where each paint goes.
 *
 * @param {Classification} answer
 * @param {Predictor} model
 * @param {number} genre index
 * @returns {Map<string, Span[]>} an entry for each paint there is, empty ones too
 *
 * @typedef {Pick<WordAnswer, "start" | "end">} Span UTF-16 offsets
 */
export function paintOf(answer, model, genre) {
  // One scale for all genres, so that equal paint means equal weight; it is set by the chosen ones,
  // lest a genre that nobody asks about pales the answer.
  let scale = 0;
  for (const { index } of answer.genres.filter((row) => row[model]?.chosen)) {
    const usual = typical(answer, model, index);
    for (const word of answer.words) {
      scale = Math.max(scale, Math.abs(word[model]?.[index] ?? 0) - usual);
    }
  }
  const usual = typical(answer, model, genre);
  const paint = noPaint();
  for (const word of answer.words) {
    const level = levelOf(word[model]?.[genre] ?? 0, usual, scale);
    if (level !== 0) paint.get(paintName(level))?.push({ start: word.start, end: word.end });
  }
  return paint;
}

/** @returns {Map<string, Span[]>} */
export function noPaint() {
  const levels = STEPS.map((_, i) => i + 1);
  return new Map([...levels, ...levels.map((level) => -level)].map((l) => [paintName(l), []]));
}
