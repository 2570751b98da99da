import assert from "node:assert/strict";
import { test } from "node:test";
import { largest, levelOf, noPaint, paintOf, typical } from "../../www/page/levels.js";
import { answerFor } from "./support.mjs";

test("one scale serves all genres of an answer", () => {
  const text = "strong weak";
  const answer = answerFor(text, { strong: [0.2, 4], weak: [2, 0.01] });
  assert.equal(largest(answer, "distilbert"), 4);
  const paint = paintOf(answer, "distilbert", 0);
  // 0.2 of 4 is too little to paint, although it is a tenth of what genre A has.
  assert.deepEqual(
    [...paint].filter(([, spans]) => spans.length > 0),
    [["for-3", [{ start: 7, end: 11 }]]],
  );
  assert.deepEqual(paintOf(answer, "distilbert", 1).get("for-4"), [{ start: 0, end: 6 }]);
});

test("a genre that is not chosen does not pale the chosen ones", () => {
  const answer = answerFor("strong weak", { strong: [0.2, -4], weak: [2, 0.01] });
  assert.deepEqual(paintOf(answer, "distilbert", 0).get("for-4"), [{ start: 7, end: 11 }]);
  assert.deepEqual(paintOf(answer, "distilbert", 1).get("against-4"), [{ start: 0, end: 6 }]);
});

test("levels keep the sign and grow with the amount", () => {
  assert.deepEqual(
    [0.09, 0.1, 0.2, 0.4, 1].map((value) => levelOf(value, 0, 1)),
    [0, 1, 2, 3, 4],
  );
  assert.equal(levelOf(-1, 0, 1), -4);
  for (const scale of [0, NaN]) assert.equal(levelOf(1, 0, scale), 0);
});

test("what every word has is not painted, what one has beyond it is", () => {
  const answer = answerFor("a b c d e f g loud h", {
    ...Object.fromEntries([..."abcdefgh"].map((word) => [word, [0.5, 0]])),
    loud: [0.8, 0],
  });
  assert.equal(typical(answer, "distilbert", 0), 0.5);
  assert.deepEqual(
    [...paintOf(answer, "distilbert", 0)].filter(([, spans]) => spans.length > 0),
    [["for-4", [{ start: 14, end: 18 }]]],
  );
});

test("paint always names every level, so that the old paint goes", () => {
  assert.equal(noPaint().size, 8);
  assert.equal(paintOf(answerFor("a", {}), "distilbert", 0).size, 8);
});

test("a model that did not answer paints nothing", () => {
  const answer = answerFor("a", { a: [1, 1] }, { model: "keywords" });
  assert.equal(largest(answer, "distilbert"), 0);
});
