import assert from "node:assert/strict";
import { test } from "node:test";
import { disagreements } from "../../www/page/disagreement.js";
import { sentence, without } from "../../www/page/leave-out.js";
import { ledger } from "../../www/page/rows.js";
import { answerFor } from "./support.mjs";

const TEXT = "The ghost laughs at the clown";

test("both models’ words are named where one chooses a genre and the other does not", () => {
  const answer = answerFor(TEXT, { ghost: [2, 0], clown: [-0.5, 1], laughs: [-1, 0] });
  assert.deepEqual(disagreements(TEXT, answer), []);
  const row = answer.genres.find(({ genre }) => genre === "A");
  assert.ok(row);
  row.keywords = { probability: 0.2, threshold: 0.5, chosen: false };
  assert.deepEqual(disagreements(TEXT, answer), [
    "A: DistilBERT says yes (62\u202f%), above all because of “ghost”; " +
      "the keyword model says no (20\u202f%), above all because of “laughs” and “clown”.",
  ]);
});

test("a model without a word for its answer says so", () => {
  const answer = answerFor(TEXT, {}, { bias: [1, -1] });
  const row = answer.genres.find(({ genre }) => genre === "A");
  assert.ok(row);
  row.keywords = { probability: 0.2, threshold: 0.5, chosen: false };
  const [said] = disagreements(TEXT, answer);
  assert.match(String(said), /says yes .*, without a word that speaks for it; /);
  assert.match(String(said), /says no .*: no word speaks against it, but too little for it\.$/);
});

test("genres that come and go are told", () => {
  const before = answerFor(TEXT, { ghost: [2, -1] });
  const after = answerFor(TEXT, { ghost: [-2, 1] });
  assert.equal(sentence(before, before), "The genres stay the same.");
  assert.equal(sentence(before, after), "A is gone; B is new.");
});

test("a word that is left out leaves a space, and its neighbours as they are", () => {
  const words = [
    { start: 4, end: 9 },
    { start: 24, end: 29 },
  ];
  assert.equal(without(TEXT, words), "The   laughs at the  ");
  assert.equal(without(TEXT, []), TEXT);
});

test("one genre rather than another: every row is a difference, and they add up", () => {
  const answer = answerFor(TEXT, { ghost: [2, 0.5], clown: [-0.5, 1] }, { bias: [0.25, -1] });
  const { rows, logit, probability, otherProbability } = ledger(
    TEXT,
    answer,
    "distilbert",
    0,
    12,
    1,
  );
  const named = rows.filter(({ kind }) => kind === "word");
  assert.deepEqual(
    named.map(({ label, value }) => [label, value]),
    [
      ["ghost", 1.5],
      ["clown", -1.5],
    ],
  );
  const [a, b] = answer.explanations.distilbert?.logit ?? [];
  assert.ok(Math.abs(logit - (Number(a) - Number(b))) < 1e-6);
  assert.ok(probability > 0.8 && otherProbability !== null && otherProbability > 0.6);
});
