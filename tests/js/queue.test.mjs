import assert from "node:assert/strict";
import { test } from "node:test";
import { Queue } from "../../www/engine/queue.js";
import { answerFor, pack } from "./support.mjs";

/** @import { Engine, Job } from "../../www/engine/types.js" */

/** @param {string} code */
const coded = (code) => Object.assign(new Error(code), { code });

/**
 * An engine that reads one letter a step, and says in `log` what it does.
 *
 * @param {{ inUse: boolean, run: (windows: Uint32Array[]) => Promise<Float32Array[] | null> }} [graphics]
 */
function setUp(graphics = { inUse: false, run: async () => null }) {
  /** @type {string[]} */
  const log = [];
  /** @type {Set<Job>} those not freed yet */
  const jobs = new Set();
  const engine = /** @type {Engine} */ ({
    load: () => {},
    hasKeywords: true,
    hasDistilbert: true,
    free: () => {},
    models: "",
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
        nextWindow: () => (left > 0 ? new Uint32Array(left) : undefined),
        takeWindow() {
          if (!jobs.has(job)) throw new Error("a freed job was given an answer");
          log.push(`take ${text}`);
          left -= 1;
          return left === 0;
        },
        finish: () => pack(answerFor("", {})),
        scores: () => assert.fail("a queue wants whole answers"),
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
    graphics,
    {
      answer: (id, _, { device }) =>
        log.push(device === "cpu" ? `answer ${id}` : `answer ${id} by ${device}`),
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

/** A graphics processor that answers when it is told to. */
function slowGraphics() {
  /** @type {((values: Float32Array[] | null) => void)[]} */
  const waiting = [];
  const graphics = {
    inUse: true,
    /** @returns {Promise<Float32Array[] | null>} */
    run: () => new Promise((resolve) => waiting.push(resolve)),
  };
  const asked = async () => {
    while (waiting.length === 0) await new Promise(setImmediate);
  };
  const give = (/** @type {Float32Array[] | null} */ values) => waiting.shift()?.(values);
  return { graphics, asked, give };
}

test("whoever types does not wait for a graphics processor", async () => {
  const { graphics, asked, give } = slowGraphics();
  const { queue, log, settle } = setUp(graphics);
  queue.add({ id: 1, text: "ab", model: "all" });
  await asked();
  queue.add({ id: 2, text: "new", model: "keywords" });
  assert.ok(log.includes("answer 2"), log.join());
  for (const _ of "ab") {
    await asked();
    give([new Float32Array(1)]);
    await settle();
  }
  assert.deepEqual(log.slice(-3), ["take ab", "take ab", "answer 1 by webgpu"]);
});

test("the window that a graphics processor fails at is read by the processor", async () => {
  const { graphics, asked, give } = slowGraphics();
  const { queue, log, settle } = setUp(graphics);
  queue.add({ id: 1, text: "abc", model: "all" });
  await asked();
  give([new Float32Array(1)]);
  await settle();
  await asked();
  graphics.inUse = false;
  give(null);
  await settle();
  assert.deepEqual(log, ["take abc", "step abc", "step abc", "answer 1"]);
});

test("a task that is dropped while its window is away is not touched again", async () => {
  const { graphics, asked, give } = slowGraphics();
  const { queue, log, jobs, settle } = setUp(graphics);
  queue.add({ id: 1, text: "a", model: "all" });
  await asked();
  queue.drop(1);
  queue.add({ id: 2, text: "b", model: "all" });
  give([new Float32Array(1)]);
  await settle();
  await asked();
  give([new Float32Array(1)]);
  await settle();
  assert.deepEqual(log, ["take b", "answer 2 by webgpu"]);
  assert.equal(jobs.size, 0);
});
