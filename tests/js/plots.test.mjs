import assert from "node:assert/strict";
import { test } from "node:test";
import { PLOTS } from "../../www/page/plots.js";

test("there are enough plots to try, each of 40 to 80 words", () => {
  assert.ok(PLOTS.length >= 6);
  for (const { name, text } of PLOTS) {
    const words = text.split(/\s+/).length;
    assert.ok(words >= 40 && words <= 80, `${name}: ${words}`);
  }
});
