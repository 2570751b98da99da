import assert from "node:assert/strict";
import { test } from "node:test";
import { pack, unpack } from "../../www/engine/pack.js";
import { answerFor } from "./support.mjs";

for (const model of /** @type {const} */ (["blend", "distilbert", "keywords"])) {
  test(`an answer of ${model} survives packing`, () => {
    const answer = answerFor(
      "one two",
      { one: [1, 2], two: [-3, 0.5] },
      { model, bias: [4, 5], title: [6, 7] },
    );
    const { device, timings, ...classification } = answer;
    const back = unpack(structuredClone(pack(classification, 1)));
    assert.deepEqual(back, answer);
    assert.deepEqual({ device, timings }, { device: back.device, timings: back.timings });
  });
}

test("an answer without words survives packing", () => {
  const answer = answerFor("", {});
  assert.deepEqual(unpack(pack(answer, 1)), answer);
});
