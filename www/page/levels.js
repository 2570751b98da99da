/** @import { Classification, ModelName, Word } from "../engine/types.js" */

/** Share of the largest contribution from which each level of paint begins. */
const STEPS = [0.1, 0.2, 0.35, 0.6];

/**
 * The largest contribution, by amount, of any word to any genre: the one scale that all genres of
 * an answer are painted on.
 *
 * @param {Classification} answer
 * @param {ModelName} model
 * @returns {number} 0 where that model did not answer
 */
export function largest(answer, model) {
  let most = 0;
  for (const word of answer.words) {
    for (const value of word[model] ?? []) most = Math.max(most, Math.abs(value));
  }
  return most;
}

/**
 * @param {number} value a contribution
 * @param {number} scale what `largest` gave
 * @returns {number} 0 for unpainted, otherwise 1 to 4 with the sign of `value`
 */
export function levelOf(value, scale) {
  if (!(scale > 0)) return 0;
  const share = Math.abs(value) / scale;
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
 * @param {ModelName} model
 * @param {number} genre index
 * @returns {Map<string, Span[]>} an entry for each paint there is, empty ones too
 *
 * @typedef {Pick<Word, "start" | "end">} Span UTF-16 offsets
 */
export function paintOf(answer, model, genre) {
  const scale = largest(answer, model);
  const paint = noPaint();
  for (const word of answer.words) {
    const level = levelOf(word[model]?.[genre] ?? 0, scale);
    if (level !== 0) paint.get(paintName(level))?.push({ start: word.start, end: word.end });
  }
  return paint;
}

/** @returns {Map<string, Span[]>} */
export function noPaint() {
  const levels = STEPS.map((_, i) => i + 1);
  return new Map([...levels, ...levels.map((level) => -level)].map((l) => [paintName(l), []]));
}
