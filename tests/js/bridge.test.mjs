import assert from "node:assert/strict";
import { test } from "node:test";
import { Bridge } from "../../www/engine/bridge.js";
import { answerFor, pack } from "./support.mjs";

/** @import { Request } from "../../www/engine/types.js" */

/** A worker that keeps what it is sent; the test plays its part. */
class FakeWorker extends EventTarget {
  /** @type {Exclude<Request, { type: "ping" }>[]} */
  sent = [];
  pings = 0;
  ended = false;
  /** @param {Request} request */
  postMessage(request) {
    if (request.type === "ping") this.pings += 1;
    else this.sent.push(request);
  }
  terminate() {
    this.ended = true;
  }
  /** @param {unknown} data */
  reply(data) {
    this.dispatchEvent(new MessageEvent("message", { data }));
  }
}

/** @param {number} [silence] */
function setUp(silence) {
  /** @type {FakeWorker[]} */
  const workers = [];
  let losses = 0;
  const bridge = new Bridge(
    () => {
      const worker = new FakeWorker();
      workers.push(worker);
      return /** @type {Worker} */ (/** @type {unknown} */ (worker));
    },
    () => (losses += 1),
    () => {},
    silence,
  );
  const worker = () => /** @type {FakeWorker} */ (workers.at(-1));
  const packed = pack(answerFor("one", { one: [1, 2] }));
  return { bridge, workers, worker, packed, losses: () => losses };
}

test("each reply settles its own call, in whatever order, and a failure touches no other", async () => {
  const { bridge, worker, packed } = setUp();
  const calls = ["a", "b", "c"].map((text) => bridge.classify({ text }, "all", undefined));
  const [first, second, third] = worker().sent.map(({ id }) => id);
  worker().reply({ id: third, type: "answer", packed });
  worker().reply({ id: second, type: "failed", code: "text-empty", message: "Nothing there." });
  worker().reply({ id: first, type: "answer", packed });
  const results = await Promise.allSettled(calls);
  assert.deepEqual(
    results.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled"],
  );
  const { reason } = /** @type {PromiseRejectedResult} */ (results[1]);
  assert.equal(reason.code, "text-empty");
  assert.equal(reason.message, "Nothing there.");
});

for (const kind of ["error", "messageerror", "lost"]) {
  test(`a worker that breaks (${kind}) rejects what is pending and is replaced`, async () => {
    const { bridge, workers, worker, packed, losses } = setUp();
    const pending = bridge.classify({ text: "a" }, "all", undefined);
    if (kind === "lost") worker().reply({ type: "lost", message: "unreachable" });
    else worker().dispatchEvent(new Event(kind, { cancelable: true }));
    await assert.rejects(pending, { code: "worker-lost" });
    assert.equal(workers[0]?.ended, true);
    assert.equal(losses(), 1);
    const next = bridge.classify({ text: "b" }, "all", undefined);
    assert.equal(workers.length, 2);
    // The old one has nothing to say any more.
    const id = worker().sent[0]?.id;
    workers[0]?.reply({ id, type: "failed", code: "x", message: "x" });
    worker().reply({ id, type: "answer", packed });
    await next;
  });
}

test("an aborted call is rejected at once, the worker is told, and its late answer is ignored", async () => {
  const { bridge, worker, packed } = setUp();
  const controller = new AbortController();
  const call = bridge.classify({ text: "a" }, "all", controller.signal);
  const id = worker().sent[0]?.id;
  controller.abort();
  await assert.rejects(call, { code: "aborted" });
  assert.deepEqual(worker().sent.at(-1), { id, type: "abort" });
  worker().reply({ id, type: "answer", packed });
  await assert.rejects(bridge.classify({ text: "b" }, "all", controller.signal), {
    code: "aborted",
  });
  assert.equal(worker().sent.length, 2);
});

test("progress goes to the call it belongs to", async () => {
  const { bridge, worker } = setUp();
  /** @type {unknown[]} */
  const told = [];
  const call = bridge.load("keywords", { onProgress: (progress) => told.push(progress) });
  const id = worker().sent[0]?.id;
  worker().reply({ id, type: "progress", progress: { phase: "download" } });
  worker().reply({ id: 99, type: "progress", progress: { phase: "ready" } });
  worker().reply({ id, type: "loaded", manifest: { genres: [], files: [] } });
  assert.deepEqual(await call, { genres: [], files: [] });
  assert.deepEqual(told, [{ phase: "download" }]);
});

test("a worker that falls silent is replaced; one that says anything is given its time", async (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const { bridge, workers, worker, packed, losses } = setUp(6000);
  const call = bridge.classify({ text: "long" }, "all", undefined);
  const id = worker().sent[0]?.id;
  for (let second = 0; second < 100; second += 1) {
    t.mock.timers.tick(1000);
    if (second % 5 === 4) worker().reply({ type: "pong" });
  }
  assert.equal(losses(), 0);
  assert.ok(worker().pings > 50);
  worker().reply({ id, type: "answer", packed });
  await call;
  // Nothing is asked of it now, so that its silence means nothing.
  t.mock.timers.tick(60_000);
  assert.equal(losses(), 0);

  const hung = bridge.classify({ text: "a" }, "all", undefined);
  t.mock.timers.tick(5000);
  assert.equal(losses(), 0);
  t.mock.timers.tick(1000);
  await assert.rejects(hung, { code: "timed-out" });
  assert.deepEqual([workers[0]?.ended, losses()], [true, 1]);
  const next = bridge.classify({ text: "b" }, "all", undefined);
  worker().reply({ id: worker().sent[0]?.id, type: "answer", packed });
  await next;
  assert.equal(workers.length, 2);
});

test("what is asked after the end is refused, and no worker is made for it", async () => {
  const { bridge, workers, worker } = setUp();
  const pending = bridge.classify({ text: "a" }, "all", undefined);
  bridge.close();
  await assert.rejects(pending, { code: "closed" });
  assert.equal(worker().ended, true);
  await assert.rejects(bridge.classify({ text: "b" }, "all", undefined), { code: "closed" });
  assert.equal(workers.length, 1);
});
