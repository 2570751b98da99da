import { roundToSum } from "./format.js";

/** @import { Answer, Predictor } from "../engine/types.js" */
/** @import { Span } from "./levels.js" */

/**
 * @typedef {object} Row
 * @property {"start" | "title" | "word" | "others" | "marks"} kind
 * @property {string} label the word as the text has it, in lower case if it is so anywhere
 * @property {number} times how often the word occurs, or how many different words the row holds
 * @property {number} value what it adds to the logit
 * @property {number} shown the same, rounded; the shown ones add up
 * @property {Span[]} spans
 */

/**
 * @typedef {object} Ledger
 * @property {Row[]} rows
 * @property {number} logit what the rows sum to
 * @property {number} shown the same, rounded
 * @property {number} decimals how many the shown numbers have
 * @property {number} probability
 * @property {number} scale the largest amount that any word adds to any genre, or between two
 * @property {number | null} otherProbability of the genre that it is compared with
 */

/** A word with all its occurrences. @typedef {Pick<Row, "label" | "times" | "spans"> & { sums: number[] }} Group */

/**
 * Why a model gives a genre the probability it does: the start, the words that weigh most, and the
 * rest, adding up to the logit.
 *
 * @param {string} text what the answer was given for
 * @param {Answer} answer
 * @param {Predictor} model one that answered
 * @param {number} genre index
 * @param {number} most how many words to name: half of them for each side that has so many
 * @param {number | null} [other] index of a genre whose amounts are taken off, or null for none: why
 *   `genre` rather than that one
 * @returns {Ledger}
 */
export function ledger(text, answer, model, genre, most, other = null) {
  const explanation = answer.explanations[model];
  if (explanation === null) throw new RangeError(`${model} gave no answer`);
  /** @param {ArrayLike<number>} vector one amount a genre */
  const amount = (vector) => (vector[genre] ?? 0) - (other === null ? 0 : (vector[other] ?? 0));
  const groups = groupWords(text, answer, model);
  const scale = groups.reduce(
    (most, { sums }) => Math.max(most, Math.abs(amount(sums)), ...sums.map(Math.abs)),
    0,
  );
  const decimals = decimalsFor(scale);
  const words = groups
    .map(({ sums, ...group }) => row("word", amount(sums), group))
    .sort((a, b) => b.value - a.value);
  const least = 0.5 * 10 ** -decimals;
  const allPro = words.filter(({ value }) => value >= least);
  const allContra = words.filter(({ value }) => value <= -least).reverse();
  const pro = allPro.slice(0, most - Math.min(most / 2, allContra.length));
  const contra = allContra.slice(0, most - pro.length);
  const named = new Set([...pro, ...contra]);
  const others = words.filter((word) => !named.has(word));
  const title = amount(explanation.title);
  const rest = others.reduce((sum, { value }) => sum + value, 0);
  const rows = [
    row("start", amount(explanation.bias)),
    ...(title === 0 ? [] : [row("title", title)]),
    ...pro,
    ...contra,
    row("others", rest, { times: others.length }),
    row("marks", amount(explanation.other)),
  ];
  const logit = rows.reduce((sum, { value }) => sum + value, 0);
  const shown = roundToSum(
    rows.map(({ value }) => value),
    decimals,
  );
  return {
    rows: rows.map((entry, i) => ({ ...entry, shown: shown[i] ?? 0 })),
    logit,
    shown: Number(logit.toFixed(decimals)),
    decimals,
    probability: probabilityOf(explanation.logit[genre] ?? 0),
    otherProbability: other === null ? null : probabilityOf(explanation.logit[other] ?? 0),
    scale,
  };
}

/** @param {number} logit */
function probabilityOf(logit) {
  return 1 / (1 + Math.exp(-logit));
}

/**
 * Two decimals, or three where a word adds little, as where a model takes the mean over all words.
 *
 * @param {number} scale the largest amount that a word adds
 */
export function decimalsFor(scale) {
  return scale < 0.5 ? 3 : 2;
}

/**
 * Words that differ in case alone are one group.
 *
 * @param {string} text
 * @param {Answer} answer
 * @param {Predictor} model
 * @returns {Group[]}
 */
function groupWords(text, answer, model) {
  /** @type {Map<string, Group>} */
  const groups = new Map();
  for (const word of answer.words) {
    const label = text.slice(word.start, word.end);
    const key = label.normalize("NFC").toLowerCase();
    let group = groups.get(key);
    if (group === undefined) {
      group = { label, times: 0, spans: [], sums: answer.genres.map(() => 0) };
      groups.set(key, group);
    }
    if (label === key) group.label = label;
    group.times += 1;
    group.spans.push({ start: word.start, end: word.end });
    const vector = word[model];
    if (vector === null) continue;
    for (let genre = 0; genre < vector.length; genre += 1) {
      group.sums[genre] = Number(group.sums[genre]) + Number(vector[genre]);
    }
  }
  return [...groups.values()];
}

/**
 * @param {Row["kind"]} kind
 * @param {number} value
 * @param {Partial<Row>} [more]
 * @returns {Row}
 */
function row(kind, value, more = {}) {
  return { kind, label: "", times: 1, value, shown: 0, spans: [], ...more };
}
