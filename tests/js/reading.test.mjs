import assert from "node:assert/strict";
import { test } from "node:test";
import { Reading } from "../../www/page/reading.js";
import { answerFor } from "./support.mjs";

/**
 * @param {string} text
 * @param {string} [title]
 */
const plot = (text, title = "") => ({ title, text });

test("the keyword model is ahead while one types, and the bars stay DistilBERT's", () => {
  const reading = new Reading();
  const first = answerFor("one", { one: [1, 0] });
  reading.edit(plot("one"));
  reading.take(plot("one"), first);
  assert.equal(reading.answeredBy, "both");
  reading.edit(plot("one two"));
  assert.equal(reading.answeredBy, "nothing");
  const newer = answerFor("one two", {}, { model: "keywords" });
  reading.take(plot("one two"), newer);
  assert.equal(reading.answeredBy, "keywords");
  assert.equal(reading.main?.answer, first);
  assert.equal(reading.stale, true);
  assert.equal(reading.keywords?.answer, newer);
  reading.take(plot("one two"), answerFor("one two", {}));
  assert.equal(reading.stale, false);
});

test("the keyword model is explained until DistilBERT has answered", () => {
  const reading = new Reading();
  reading.edit(plot("one"));
  const before = reading.explained;
  assert.equal(before, null);
  reading.take(plot("one"), answerFor("one", {}, { model: "keywords" }));
  assert.equal(reading.model, "keywords");
  reading.take(plot("one"), answerFor("one", {}));
  assert.equal(reading.model, "distilbert");
  reading.wish = "keywords";
  assert.equal(reading.model, "keywords");
  assert.equal(reading.explained?.text, "one");
});

test("both together are explained unless something else is wished for", () => {
  const reading = new Reading();
  reading.edit(plot("one"));
  reading.take(plot("one"), answerFor("one", {}, { model: "blend" }));
  assert.equal(reading.model, "blend");
  reading.wish = "distilbert";
  assert.equal(reading.model, "distilbert");
  // A folder that does not mix its models answers by DistilBERT alone.
  reading.wish = "blend";
  reading.take(plot("one"), answerFor("one", {}));
  assert.equal(reading.model, "distilbert");
});

test("another title makes an answer old", () => {
  const reading = new Reading();
  reading.edit(plot("one"));
  reading.take(plot("one"), answerFor("one", {}));
  reading.edit(plot("one", "Two"));
  assert.equal(reading.stale, true);
  assert.equal(reading.answeredBy, "nothing");
  reading.take(plot("one", "Two"), answerFor("one", {}));
  assert.equal(reading.stale, false);
});

test("a picked genre stays through edits and goes with the text", () => {
  const reading = new Reading();
  reading.edit(plot("one door"));
  reading.take(plot("one door"), answerFor("one door", { one: [1, 0] }));
  assert.equal(reading.genre, "A");
  reading.pick("B");
  reading.edit(plot("one door more"));
  assert.equal(reading.genre, "B");
  assert.equal(reading.genreIndex, 1);
  reading.edit(plot("robots cross a galaxy"));
  assert.equal(reading.genre, "A");
});
