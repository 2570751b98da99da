import assert from "node:assert/strict";
import { test } from "node:test";
import { Queue } from "../../www/engine/queue.js";
import { answerFor, pack } from "./support.mjs";

/** @import { Engine, Job } from "../../www/engine/types.js" */

/** @param {string} code */
const coded = (code) => Object.assign(new Error(code), { code });

/** An engine that reads one letter a step, and says in `log` what it does. */
function setUp() {
  /** @type {string[]} */
  const log = [];
  /** @type {Set<Job>} those not freed yet */
  const jobs = new Set();
  const engine = /** @type {Engine} */ ({
    load: () => {},
    hasKeywords: true,
    hasDistilbert: true,
    free: () => {},
    startTrial: () => assert.fail("a queue starts no trial"),
    start(text, model) {
      if (text === "empty") throw coded("text-empty");
      if (text === "trap") throw new Error("unreachable");
      let left = model === "keywords" ? 1 : text.length;
      const job = {
        windows: left,
        step() {
          if (!jobs.has(job)) throw new Error("a freed job was stepped");
          log.push(`step ${text}`);
          left -= 1;
          return left === 0;
        },
        finish: () => pack(answerFor("", {})),
        free: () => void jobs.delete(job),
      };
      jobs.add(job);
      return job;
    },
  });
  /** @type {Promise<void>} */
  let idle = Promise.resolve();
  const queue = new Queue(
    () => engine,
    {
      answer: (id) => log.push(`answer ${id}`),
      fail: (id, error) => log.push(`fail ${id} ${/** @type {{ code: string }} */ (error).code}`),
      lost: () => log.push("lost"),
    },
    () => (idle = new Promise((resolve) => setImmediate(resolve))),
  );
  const settle = async () => {
    for (let turn = 0; turn < 40; turn += 1) await idle.then(() => new Promise(setImmediate));
  };
  return { queue, log, jobs, settle };
}

test("keyword tasks come first, the newest first, and between the windows of others", async () => {
  const { queue, log, settle } = setUp();
  queue.add({ id: 1, text: "abc", model: "all" });
  queue.add({ id: 2, text: "old", model: "keywords" });
  queue.add({ id: 3, text: "new", model: "keywords" });
  while (!log.includes("step abc")) await new Promise(setImmediate);
  queue.add({ id: 4, text: "late", model: "keywords" });
  await settle();
  const order = log.filter((line) => line.startsWith("answer"));
  assert.deepEqual(order, ["answer 3", "answer 2", "answer 4", "answer 1"]);
  assert.ok(log.indexOf("answer 4") < log.lastIndexOf("step abc"));
});

test("a dropped task is neither begun nor finished, and its job is freed", async () => {
  const { queue, log, jobs, settle } = setUp();
  queue.add({ id: 1, text: "abcdef", model: "all" });
  queue.add({ id: 2, text: "never", model: "all" });
  while (!log.includes("step abcdef")) await new Promise(setImmediate);
  queue.drop(1);
  queue.drop(2);
  queue.drop(99);
  await settle();
  assert.ok(
    log.every((line) => line === "step abcdef"),
    log.join(),
  );
  assert.ok(log.length < 6);
  assert.equal(jobs.size, 0);
});

test("ok, fail, ok: a failed task touches no other", async () => {
  const { queue, log, jobs, settle } = setUp();
  const texts = ["a", "empty", "b"];
  texts.forEach((text, i) => queue.add({ id: i, text, model: "all" }));
  await settle();
  queue.add({ id: 3, text: "empty", model: "keywords" });
  queue.add({ id: 4, text: "c", model: "keywords" });
  await settle();
  const outcomes = log.filter((line) => !line.startsWith("step"));
  assert.deepEqual(outcomes, [
    "answer 0",
    "fail 1 text-empty",
    "answer 2",
    "answer 4",
    "fail 3 text-empty",
  ]);
  assert.equal(jobs.size, 0);
});

test("what the core did not mean to throw loses the engine", async () => {
  const { queue, log, settle } = setUp();
  queue.add({ id: 1, text: "trap", model: "all" });
  queue.add({ id: 2, text: "after", model: "all" });
  await settle();
  assert.deepEqual(log, ["lost"]);
});
