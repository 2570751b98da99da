/** @import { Answer, Explanation, PackedAnswer, WordAnswer } from "./types.js" */

/**
 * An answer out of the arrays in which it came from the core. Its vectors are views of one buffer.
 *
 * @param {PackedAnswer} packed
 * @returns {Answer}
 */
export function unpack({ spans, vectors, explained, milliseconds, device, ...told }) {
  const { genres } = told;
  const size = genres.length;
  let at = 0;
  const take = () => vectors.subarray(at, (at += size));
  /** @type {Explanation} */
  const none = { bias: EMPTY, title: EMPTY, other: EMPTY, logit: EMPTY };
  /** @type {Answer["explanations"]} */
  const explanations = { keywords: none, distilbert: null, blend: null };
  for (const name of explained) {
    explanations[name] = { bias: take(), title: take(), other: take(), logit: take() };
  }
  /** @type {WordAnswer[]} */
  const words = [];
  for (let i = 0; i < spans.length; i += 2) {
    const [start, end] = [Number(spans[i]), Number(spans[i + 1])];
    /** @type {WordAnswer} */
    const word = { start, end, keywords: EMPTY, distilbert: null, blend: null };
    for (const name of explained) word[name] = take();
    words.push(word);
  }
  const timings = { total: milliseconds };
  const { model, clear, read } = told;
  return { model, genres, clear, words, explanations, read, device, timings };
}

const EMPTY = new Float32Array(0);
