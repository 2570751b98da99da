import assert from "node:assert/strict";
import { test } from "node:test";
import { Reading } from "../../www/page/reading.js";
import { answerFor } from "./support.mjs";

test("the keyword model is ahead while one types, and the bars stay DistilBERT's", () => {
  const reading = new Reading();
  const first = answerFor("one", { one: [1, 0] });
  reading.edit("one");
  reading.take("one", first);
  assert.equal(reading.answeredBy, "distilbert");
  reading.edit("one two");
  assert.equal(reading.answeredBy, "nothing");
  const newer = answerFor("one two", {}, { model: "keywords" });
  reading.take("one two", newer);
  assert.equal(reading.answeredBy, "keywords");
  assert.equal(reading.main?.answer, first);
  assert.equal(reading.stale, true);
  assert.equal(reading.keywords?.answer, newer);
  reading.take("one two", answerFor("one two", {}));
  assert.equal(reading.stale, false);
});

test("the keyword model is explained until DistilBERT has answered", () => {
  const reading = new Reading();
  reading.edit("one");
  const before = reading.explained;
  assert.equal(before, null);
  reading.take("one", answerFor("one", {}, { model: "keywords" }));
  assert.equal(reading.model, "keywords");
  reading.take("one", answerFor("one", {}));
  assert.equal(reading.model, "distilbert");
  reading.wish = "keywords";
  assert.equal(reading.model, "keywords");
  assert.equal(reading.explained?.text, "one");
});

test("a picked genre stays through edits and goes with the text", () => {
  const reading = new Reading();
  reading.edit("one door");
  reading.take("one door", answerFor("one door", { one: [1, 0] }));
  assert.equal(reading.genre, "A");
  reading.pick("B");
  reading.edit("one door more");
  assert.equal(reading.genre, "B");
  assert.equal(reading.genreIndex, 1);
  reading.edit("robots cross a galaxy");
  assert.equal(reading.genre, "A");
});
