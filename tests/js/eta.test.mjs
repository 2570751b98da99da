import assert from "node:assert/strict";
import { test } from "node:test";
import { Eta } from "../../www/engine/eta.js";

test("nothing is said before the speed is known", () => {
  const eta = new Eta();
  assert.equal(eta.secondsLeft(0, 100, 0), null);
  assert.equal(eta.secondsLeft(10, 100, 100), null);
});

test("a steady download tells the seconds left", () => {
  const eta = new Eta();
  eta.secondsLeft(0, 1000, 0);
  assert.equal(eta.secondsLeft(100, 1000, 1000), 9);
  assert.equal(eta.secondsLeft(995, 1000, 2000), 1);
  assert.equal(eta.secondsLeft(1000, 1000, 3000), 0);
});

test("the last seconds count, not the whole time", () => {
  const eta = new Eta();
  for (let second = 0; second <= 10; second += 1) eta.secondsLeft(second, 10_000, second * 1000);
  for (let second = 11; second <= 16; second += 1) {
    eta.secondsLeft((second - 10) * 1000, 10_000, second * 1000);
  }
  const left = eta.secondsLeft(7000, 10_000, 17_000);
  assert.equal(left, 3);
});
