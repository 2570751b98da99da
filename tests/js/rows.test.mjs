import assert from "node:assert/strict";
import { test } from "node:test";
import { ledger } from "../../www/page/rows.js";
import { answerFor } from "./support.mjs";

const TEXT = "The door, the DOOR and a door; a garden.";
const WEIGHTS = /** @type {Record<string, [number, number]>} */ ({
  door: [0.4, -0.1],
  garden: [-0.9, 0.2],
  and: [0.001, 0],
});

test("equal words are one row, whatever their case, and the rest is counted", () => {
  const answer = answerFor(TEXT, WEIGHTS, { bias: [-2, 0], other: [0.25, 0] });
  const { rows } = ledger(TEXT, answer, "distilbert", 0, 12);
  assert.deepEqual(
    rows.map(({ kind, label, times }) => [kind, label, times]),
    [
      ["start", "", 1],
      ["word", "door", 3],
      ["word", "garden", 1],
      ["others", "", 3],
      ["marks", "", 1],
    ],
  );
  const door = rows[1];
  assert.ok(door && Math.abs(door.value - 1.2) < 1e-6);
  assert.deepEqual(
    door.spans.map(({ start, end }) => TEXT.slice(start, end)),
    ["door", "DOOR", "door"],
  );
});

test("the rows sum to the logit, and its logistic function is the probability", () => {
  const answer = answerFor(TEXT, WEIGHTS, { bias: [-2, 0.5], other: [0.25, -0.125] });
  for (const genre of [0, 1]) {
    const account = ledger(TEXT, answer, "distilbert", genre, 2);
    const logit = Number(answer.explanations.distilbert?.logit[genre]);
    assert.ok(Math.abs(account.logit - logit) < 1e-6);
    assert.equal(account.decimals, 2);
    const shown = account.rows.reduce((sum, row) => sum + Math.round(row.shown * 100), 0);
    assert.equal(shown, Math.round(account.shown * 100));
    // One scale for all genres: "door" three times, or "garden" once.
    assert.ok(Math.abs(account.scale - 1.2) < 1e-6);
    const found = answer.genres.find(({ index }) => index === genre);
    assert.ok(Math.abs(account.probability - Number(found?.probability)) < 1e-6);
  }
});

test("only as many words as asked for are named, half of them for each side that has so many", () => {
  const text = "one two three four five";
  const answer = answerFor(text, {
    one: [3, 0],
    two: [2, 0],
    three: [1, 0],
    four: [-1, 0],
    five: [-2, 0],
  });
  /** @param {number} most */
  const named = (most) => {
    const { rows } = ledger(text, answer, "keywords", 0, most);
    const others = rows.find(({ kind }) => kind === "others")?.times;
    return [...rows.filter(({ kind }) => kind === "word").map(({ label }) => label), others];
  };
  assert.deepEqual(named(2), ["one", "five", 3]);
  assert.deepEqual(named(4), ["one", "two", "five", "four", 1]);
  assert.deepEqual(named(6), ["one", "two", "three", "five", "four", 0]);
});

test("where words add little there are three decimals", () => {
  const answer = answerFor("one two", { one: [0.0312, 0], two: [-0.0004, 0.2] });
  const { rows, decimals } = ledger("one two", answer, "distilbert", 0, 2);
  assert.equal(decimals, 3);
  assert.deepEqual(
    rows.map(({ kind, shown }) => [kind, shown]),
    [
      ["start", 0],
      ["word", 0.031],
      ["others", 0],
      ["marks", 0],
    ],
  );
});

test("a model that did not answer cannot be explained", () => {
  const answer = answerFor("one", {}, { model: "keywords" });
  assert.throws(() => ledger("one", answer, "distilbert", 0, 2), RangeError);
});

test("a text of thousands of different words has its ledger", () => {
  const letter = (/** @type {number} */ n) => String.fromCodePoint(0x4e00 + n);
  const text = Array.from({ length: 8192 }, (_, n) => letter(n)).join(" ");
  const answer = answerFor(text, { [letter(7)]: [3, 0] });
  // As many genres as the shipped model's.
  const wide = answer.words.map((word) => {
    const vector = new Float32Array(21);
    vector.set(word.keywords);
    return { ...word, distilbert: vector };
  });
  const genres = Array.from({ length: 21 }, (_, index) => ({ ...answer.genres[0], index }));
  const whole = /** @type {typeof answer} */ ({ ...answer, words: wide, genres });
  const { rows, scale } = ledger(text, whole, "distilbert", 0, 12);
  assert.equal(scale, 3);
  assert.equal(rows.find(({ kind }) => kind === "others")?.times, 8191);
});
