/** @import { Answer, Classification, Explanation, PackedAnswer, Word } from "./types.js" */

/**
 * An answer with all its vectors in one buffer. Order: bias, other and logit of the keyword model,
 * the same of DistilBERT where it answered, then for each word its keyword vector and, where
 * DistilBERT answered, its DistilBERT vector.
 *
 * @param {Classification} classification
 * @param {number} milliseconds
 * @returns {PackedAnswer}
 */
export function pack(classification, milliseconds) {
  const { model, genres, clear, read, words, explanations } = classification;
  const both = explanations.distilbert !== null;
  const size = genres.length;
  const vectors = new Float32Array(size * (both ? 2 : 1) * (3 + words.length));
  const spans = new Uint32Array(2 * words.length);
  let at = 0;
  /** @param {Float32Array | null} vector */
  const put = (vector) => {
    if (vector !== null) vectors.set(vector, at);
    at += size;
  };
  for (const explanation of [explanations.keywords, explanations.distilbert]) {
    if (explanation === null) continue;
    put(explanation.bias);
    put(explanation.other);
    put(explanation.logit);
  }
  words.forEach((word, i) => {
    spans.set([word.start, word.end], 2 * i);
    put(word.keywords);
    if (both) put(word.distilbert);
  });
  return { model, genres, clear, read, spans, vectors, hasDistilbert: both, milliseconds };
}

/**
 * The way back. The vectors are views of one buffer.
 *
 * @param {PackedAnswer} packed
 * @returns {Answer}
 */
export function unpack({
  spans,
  vectors,
  hasDistilbert,
  milliseconds,
  model,
  genres,
  clear,
  read,
}) {
  const size = genres.length;
  let at = 0;
  const take = () => vectors.subarray(at, (at += size));
  /** @returns {Explanation} */
  const explanation = () => ({ bias: take(), other: take(), logit: take() });
  const explanations = {
    keywords: explanation(),
    distilbert: hasDistilbert ? explanation() : null,
  };
  /** @type {Word[]} */
  const words = [];
  for (let i = 0; i < spans.length; i += 2) {
    const keywords = take();
    words.push({
      start: Number(spans[i]),
      end: Number(spans[i + 1]),
      keywords,
      distilbert: hasDistilbert ? take() : null,
    });
  }
  const timings = { total: milliseconds };
  return { model, genres, clear, words, explanations, read, device: "cpu", timings };
}
