import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Graphics } from "../../www/engine/graphics.js";

/** @import { Device } from "../../www/engine/types.js" */

const coded = (/** @type {string} */ code) => Object.assign(new Error(code), { code });

beforeEach(() => {
  // Node has no worker's global scope.
  Object.assign(globalThis, { self: new EventTarget() });
  const adapter = { info: { vendor: "acme", architecture: "two", device: "", description: "" } };
  offer(() => Promise.resolve(adapter));
});

/** @param {() => Promise<unknown>} requestAdapter what the browser does when asked for an adapter */
function offer(requestAdapter) {
  const navigator = { userAgent: "test", gpu: { requestAdapter } };
  Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
}

/**
 * A processor that says .5 for a text of one window and takes `cpu` milliseconds, and a graphics
 * processor that says `says`, and takes `webgpu`.
 *
 * @param {{ says?: number, cpu?: number, webgpu?: number, start?: () => Promise<never> }} [options]
 */
function setUp({ says = 0.5, cpu = 4, webgpu = 1, start } = {}) {
  const wait = (/** @type {number} */ milliseconds) => {
    const until = performance.now() + milliseconds;
    while (performance.now() < until);
  };
  const engine = {
    start() {
      let probability = NaN;
      let left = true;
      return {
        step: () => (wait(cpu), (probability = 0.5), (left = false), true),
        nextWindow: () => (left ? new Uint32Array([1]) : undefined),
        takeWindow: (/** @type {number[]} */ [value]) => (
          (probability = Number(value)),
          (left = false),
          true
        ),
        finish: () => ({ genres: [{ index: 0, distilbert: { probability } }] }),
        free: () => {},
      };
    },
  };
  let freed = 0;
  const encoder = {
    /** @param {Uint32Array[]} windows */
    run: async (windows) => (wait(webgpu), windows.map(() => new Float32Array([says]))),
    free: () => void (freed += 1),
  };
  let starts = 0;
  const modules = {
    start: () => (
      (starts += 1),
      start?.() ?? Promise.resolve({ GpuEncoder: { open: async () => encoder } })
    ),
  };
  /** @type {Device[]} */
  const told = [];
  const graphics = new Graphics(
    /** @type {any} */ ({ engine, modules, manifest: "{}", encoder: async () => ({}) }),
    (device) => told.push(device),
  );
  const settled = async () => {
    graphics.consider();
    while (told.at(-1)?.why === "trying" || told.length === 0) await new Promise(setImmediate);
    return /** @type {Device} */ (told.at(-1));
  };
  return { graphics, encoder, told, settled, freed: () => freed, starts: () => starts };
}

const windows = [new Uint32Array([1, 2])];

test("what is right and faster is used, once", async () => {
  const { graphics, settled, starts } = setUp();
  const device = await settled();
  assert.equal(device.used, "webgpu");
  assert.equal(device.why, "faster");
  assert.equal(device.adapter, "acme two");
  assert.ok(Number(device.timings?.webgpu) < Number(device.timings?.cpu));
  assert.deepEqual(await graphics.run(windows), [new Float32Array([0.5])]);
  graphics.consider();
  assert.equal(starts(), 1);
});

test("what is right and slower is not used, unless it is demanded", async () => {
  const slow = { cpu: 1, webgpu: 4 };
  const first = setUp(slow);
  assert.equal((await first.settled()).why, "slower");
  assert.equal(first.graphics.inUse, false);
  assert.equal(await first.graphics.run(windows), null);
  assert.equal(first.freed(), 1);

  const second = setUp(slow);
  await second.graphics.demand();
  assert.equal(second.graphics.inUse, true);
  assert.equal(second.told.at(-1)?.why, "asked");
});

for (const says of [0.503, NaN]) {
  test(`an answer of ${says} instead of .5 is wrong, and an error where it was demanded`, async () => {
    const { graphics, settled, freed } = setUp({ says });
    assert.equal((await settled()).why, "wrong");
    assert.equal(graphics.inUse, false);
    assert.equal(freed(), 1);
    await assert.rejects(setUp({ says }).graphics.demand(), { code: "webgpu-failed" });
  });
}

test("a difference within the tolerance is right", async () => {
  const { settled } = setUp({ says: 0.501 });
  const device = await settled();
  assert.equal(device.used, "webgpu");
  assert.ok(Math.abs(Number(device.difference) - 0.001) < 1e-6);
});

test("a module that cannot be fetched has not failed", async () => {
  const { settled } = setUp({ start: () => Promise.reject(coded("network")) });
  const { used, why } = await settled();
  assert.deepEqual([used, why], ["cpu", "not-fetched"]);
});

test("without an adapter, or without the module, the processor is used", async () => {
  const leftOut = setUp({ start: () => Promise.reject(coded("http-status")) });
  assert.equal((await leftOut.settled()).why, "left-out");
  await assert.rejects(leftOut.graphics.demand(), { code: "webgpu-unavailable" });
  for (const answer of [() => Promise.resolve(null), () => Promise.reject(new Error("no"))]) {
    offer(answer);
    const { settled, graphics, starts } = setUp();
    assert.equal((await settled()).why, "unavailable");
    assert.equal(starts(), 0);
    await assert.rejects(graphics.demand(), { code: "webgpu-unavailable" });
  }
});

test("what fails in use is given up for good, and says so", async () => {
  const { graphics, encoder, told, settled, freed } = setUp();
  await settled();
  encoder.run = () => Promise.reject(coded("webgpu-failed"));
  assert.equal(await graphics.run(windows), null);
  assert.equal(graphics.inUse, false);
  assert.equal(freed(), 1);
  assert.deepEqual([told.at(-1)?.used, told.at(-1)?.why], ["cpu", "failed"]);
  graphics.consider();
  await assert.rejects(graphics.demand(), { code: "webgpu-failed" });
  assert.equal(graphics.inUse, false);
});

test("what could not be opened when demanded can be demanded again", async () => {
  let broken = true;
  const { graphics } = setUp({
    start: /** @type {any} */ (
      () => (broken ? Promise.reject(coded("network")) : /** @type {any} */ (undefined))
    ),
  });
  await assert.rejects(graphics.demand(), { code: "webgpu-failed", message: /be fetched/ });
  broken = false;
  await graphics.demand();
  assert.equal(graphics.inUse, true);
});

test("a processor that was asked for by name is not competed with", async () => {
  const { graphics, told, starts } = setUp();
  graphics.decline();
  graphics.consider();
  await new Promise(setImmediate);
  assert.equal(starts(), 0);
  assert.deepEqual([told.at(-1)?.used, told.at(-1)?.why], ["cpu", "asked"]);
});

test("a module that breaks is a graphics processor that fails, and nobody else's error", async () => {
  const { graphics, encoder, told, settled } = setUp();
  await settled();
  encoder.run = () => new Promise(() => {});
  const answer = graphics.run(windows);
  const event = Object.assign(new Event("error", { cancelable: true }), { error: new Error("no") });
  self.dispatchEvent(event);
  assert.equal(await answer, null);
  assert.equal(event.defaultPrevented, true);
  assert.equal(told.at(-1)?.why, "failed");
});
