import assert from "node:assert/strict";
import { test } from "node:test";
import * as format from "../../www/page/format.js";

test("a probability is never shown as impossible or certain unless it is", () => {
  const cases = /** @type {const} */ ([
    [0, "0\u202f%"],
    [0.0001, "<1\u202f%"],
    [0.005, "1\u202f%"],
    [0.914, "91\u202f%"],
    [0.9951, ">99\u202f%"],
    [1, "100\u202f%"],
  ]);
  for (const [value, shown] of cases) assert.equal(format.percent(value), shown);
  assert.equal(format.percentInWords(0.0001), "under 1 percent");
  assert.equal(format.percentInWords(0.9999), "over 99 percent");
});

test("signed numbers have a true minus, and zero has no sign", () => {
  assert.equal(format.signed(1.324, 2), "+1.32");
  assert.equal(format.signed(-0.456, 2), "\u22120.46");
  assert.equal(format.signed(-0.001, 2), "0.00");
  assert.equal(format.signed(0, 3), "0.000");
});

test("rounded rows add up to the rounded sum, each off by less than a hundredth", () => {
  let seed = 7;
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  for (let round = 0; round < 200; round += 1) {
    const values = Array.from({ length: 1 + Math.floor(random() * 30) }, () => random() * 6 - 3);
    const shown = format.roundToSum(values, 2);
    const sum = Math.round(values.reduce((a, b) => a + b, 0) * 100);
    assert.equal(
      shown.reduce((a, b) => a + Math.round(b * 100), 0),
      sum,
    );
    shown.forEach((value, i) => assert.ok(Math.abs(value - Number(values[i])) < 0.01));
  }
  assert.deepEqual(format.roundToSum([], 2), []);
});

test("lists, sizes and times read as a person would write them", () => {
  assert.equal(format.inWords([]), "");
  assert.equal(format.inWords(["A"]), "A");
  assert.equal(format.inWords(["A", "B", "C"]), "A, B and C");
  assert.equal(format.size(420_000), "420\u202fkB");
  assert.equal(format.size(1_460_000), "1.5\u202fMB");
  assert.equal(format.size(22_900_000), "23\u202fMB");
  assert.equal(format.duration(0.2), "<1\u202fms");
  assert.equal(format.duration(1240), "1.2\u202fs");
  assert.equal(format.timeLeft(1), "1 second");
  assert.equal(format.timeLeft(130), "2 minutes");
  assert.equal(format.counted(1, "word", "words"), "1 word");
  assert.equal(format.counted(1234, "word", "words"), "1,234 words");
});
