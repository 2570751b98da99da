/** @import { Answer, PackedAnswer, Predictor } from "../../www/engine/types.js" */

/**
 * An answer over two genres, A and B, whose words contribute what `weights` says.
 *
 * @param {string} text
 * @param {Record<string, [number, number]>} weights by lower-case word
 * @param {{ model?: Predictor, bias?: [number, number], title?: [number, number], other?: [number, number] }} [options]
 * @returns {Answer}
 */
export function answerFor(
  text,
  weights,
  { model = "distilbert", bias = [0, 0], title = [0, 0], other = [0, 0] } = {},
) {
  const words = [...text.matchAll(/\p{L}+/gu)].map((match) => {
    const vector = Float32Array.from(weights[match[0].toLowerCase()] ?? [0, 0]);
    const [start, end] = [match.index, match.index + match[0].length];
    return {
      start,
      end,
      keywords: vector,
      distilbert: model === "keywords" ? null : vector,
      blend: model === "blend" ? vector : null,
    };
  });
  const logit = Float32Array.from([0, 1], (genre) =>
    words.reduce(
      (sum, word) => sum + Number(word.keywords[genre]),
      Number(bias[genre]) + Number(title[genre]) + Number(other[genre]),
    ),
  );
  const explanation = {
    bias: Float32Array.from(bias),
    title: Float32Array.from(title),
    other: Float32Array.from(other),
    logit,
  };
  const genres = ["A", "B"].map((genre, index) => {
    const probability = 1 / (1 + Math.exp(-Number(logit[index])));
    const opinion = { probability, threshold: 0.5, chosen: probability >= 0.5 };
    return {
      genre,
      index,
      ...opinion,
      keywords: opinion,
      distilbert: model === "keywords" ? null : opinion,
      blend: model === "blend" ? opinion : null,
    };
  });
  return {
    model,
    genres: genres.sort((a, b) => b.probability - a.probability),
    clear: genres.some(({ chosen }) => chosen),
    words,
    explanations: {
      keywords: explanation,
      distilbert: model === "keywords" ? null : explanation,
      blend: model === "blend" ? explanation : null,
    },
    read: {
      tokens: words.length,
      windows: 1,
      wordsRead: words.length,
      truncatedAt: null,
      titleIsCut: false,
    },
    device: "cpu",
    timings: { total: 1 },
  };
}

/**
 * An answer as the core hands it over.
 *
 * @param {Answer} answer
 * @returns {PackedAnswer}
 */
export function pack({ model, genres, clear, read, words, explanations, timings, device }) {
  const explained = /** @type {const} */ (["keywords", "distilbert", "blend"]).filter(
    (name) => explanations[name] !== null,
  );
  const parts = explained.flatMap((name) =>
    /** @type {const} */ (["bias", "title", "other", "logit"]).flatMap((part) => [
      ...(explanations[name]?.[part] ?? []),
    ]),
  );
  const shares = words.flatMap((word) => explained.flatMap((name) => [...(word[name] ?? [])]));
  return {
    model,
    genres,
    clear,
    read,
    explained,
    spans: Uint32Array.from(words.flatMap(({ start, end }) => [start, end])),
    vectors: Float32Array.from([...parts, ...shares]),
    milliseconds: timings.total,
    device,
  };
}
