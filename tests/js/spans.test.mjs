import assert from "node:assert/strict";
import { test } from "node:test";
import { isAnotherText, shiftSpans, spanAt } from "../../www/page/spans.js";

test("spans move along with an edit, and those it touched go", () => {
  const before = "red green blue";
  const spans = [
    { start: 0, end: 3 },
    { start: 4, end: 9 },
    { start: 10, end: 14 },
  ];
  /** @param {string} after */
  const texts = (after) =>
    shiftSpans(spans, before, after).map(({ start, end }) => after.slice(start, end));
  assert.deepEqual(texts("red green blue!"), ["red", "green", "blue"]);
  assert.deepEqual(texts("a red green blue"), ["red", "green", "blue"]);
  assert.deepEqual(texts("red grXeen blue"), ["red", "blue"]);
  assert.deepEqual(texts(""), []);
});

test("an edit is told from another text", () => {
  assert.equal(isAnotherText("a widow finds a door", "a widow finds a small door"), false);
  assert.equal(isAnotherText("a widow finds a door", "robots cross the galaxy"), true);
  assert.equal(isAnotherText("", "anything"), false);
});

test("the word at an offset: inside, at either end, between two that touch, and none", () => {
  const words = [
    { start: 0, end: 3 },
    { start: 5, end: 8 },
    { start: 8, end: 9 },
  ];
  const found = [0, 1, 3, 4, 5, 8, 9, 10].map((offset) => spanAt(words, offset)?.start ?? null);
  assert.deepEqual(found, [0, 0, 0, null, 5, 8, 8, null]);
  assert.equal(spanAt([], 0), null);
});
