import assert from "node:assert/strict";
import { test } from "node:test";
import { unpack } from "../../www/engine/unpack.js";
import { answerFor } from "./support.mjs";

/** @import { PackedAnswer, Predictor } from "../../www/engine/types.js" */

const { genres, clear, read } = answerFor("one two", { one: [1, 2] });

/**
 * @param {Predictor[]} explained
 * @param {number[]} spans
 * @param {number[]} vectors
 * @returns {PackedAnswer}
 */
function packed(explained, spans, vectors) {
  return {
    model: "blend",
    genres,
    clear,
    read,
    explained,
    spans: Uint32Array.from(spans),
    vectors: Float32Array.from(vectors),
    milliseconds: 7,
    device: "webgpu",
  };
}

/** @param {number[]} values */
const vector = (...values) => Float32Array.from(values);

test("vectors find their places: parts by predictor, then words, and in them predictors", () => {
  const parts = [1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 14, 15, 16, 17, 18];
  const words = [21, 22, 31, 32, 41, 42, 51, 52];
  const answer = unpack(packed(["keywords", "blend"], [0, 3, 4, 7], [...parts, ...words]));
  const part = (/** @type {number} */ from) => ({
    bias: vector(from, from + 1),
    title: vector(from + 2, from + 3),
    other: vector(from + 4, from + 5),
    logit: vector(from + 6, from + 7),
  });
  assert.deepEqual(answer.explanations, { keywords: part(1), distilbert: null, blend: part(11) });
  assert.deepEqual(answer.words, [
    { start: 0, end: 3, keywords: vector(21, 22), distilbert: null, blend: vector(31, 32) },
    { start: 4, end: 7, keywords: vector(41, 42), distilbert: null, blend: vector(51, 52) },
  ]);
  assert.deepEqual(
    { device: answer.device, timings: answer.timings },
    { device: "webgpu", timings: { total: 7 } },
  );
});

test("an answer without words has none", () => {
  assert.deepEqual(unpack(packed(["keywords"], [], [1, 2, 3, 4, 5, 6, 7, 8])).words, []);
});
