/** @import { Answer, Classification, Explanation, PackedAnswer, Predictor, Word } from "./types.js" */

/** @type {readonly Predictor[]} */
const PREDICTORS = ["keywords", "distilbert", "blend"];
/** @type {readonly (keyof Explanation)[]} */
const PARTS = ["bias", "title", "other", "logit"];

/**
 * An answer with all its vectors in one buffer: for each predictor that explains itself its parts,
 * then for each word one vector of each of them, always in the order of the lists above.
 *
 * @param {Classification} classification
 * @param {number} milliseconds
 * @returns {PackedAnswer}
 */
export function pack(classification, milliseconds) {
  const { model, genres, clear, read, words, explanations } = classification;
  const explained = PREDICTORS.filter((name) => explanations[name] !== null);
  const size = genres.length;
  const vectors = new Float32Array(size * explained.length * (PARTS.length + words.length));
  const spans = new Uint32Array(2 * words.length);
  let at = 0;
  /** @param {Float32Array | null | undefined} vector */
  const put = (vector) => {
    if (vector) vectors.set(vector, at);
    at += size;
  };
  for (const name of explained) {
    for (const part of PARTS) put(explanations[name]?.[part]);
  }
  words.forEach((word, i) => {
    spans.set([word.start, word.end], 2 * i);
    for (const name of explained) put(word[name]);
  });
  return { model, genres, clear, read, spans, vectors, explained, milliseconds };
}

/**
 * The way back. The vectors are views of one buffer.
 *
 * @param {PackedAnswer} packed
 * @returns {Answer}
 */
export function unpack({ spans, vectors, explained, milliseconds, model, genres, clear, read }) {
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
  /** @type {Word[]} */
  const words = [];
  for (let i = 0; i < spans.length; i += 2) {
    const [start, end] = [Number(spans[i]), Number(spans[i + 1])];
    /** @type {Word} */
    const word = { start, end, keywords: EMPTY, distilbert: null, blend: null };
    for (const name of explained) word[name] = take();
    words.push(word);
  }
  const timings = { total: milliseconds };
  return { model, genres, clear, words, explanations, read, device: "cpu", timings };
}

const EMPTY = new Float32Array(0);
