/** @import { Page } from "playwright-core" */

/** Arguments for Chromium's adapter in software: as right as any, and far slower than the processor. */
export const ADAPTER = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];

/**
 * Makes a worker obey `sabotage`, a property of its global object:
 * - `hang`: nothing that is read back arrives
 * - `starve`: no buffer can be made any more
 * - `garble`: what is read back is a little more; `nan`: it is nothing but NaN; `flat`: nothing but zeros
 * - `refuse`: no device is given
 * and lets it find the open device as `device`.
 */
export const SABOTAGE = `
  const wrap = (prototype, name, make) => (prototype[name] = make(prototype[name]));
  const asked = (what) => (self.sabotage ?? "").split(" ").includes(what);
  wrap(GPUAdapter.prototype, "requestDevice", (request) => async function (...rest) {
    if (asked("refuse")) throw new DOMException("no", "OperationError");
    return (self.device = await request.apply(this, rest));
  });
  wrap(GPUBuffer.prototype, "mapAsync", (map) => function (...rest) {
    return asked("hang") ? new Promise(() => {}) : map.apply(this, rest);
  });
  wrap(GPUBuffer.prototype, "getMappedRange", (range) => function (...rest) {
    const bytes = range.apply(this, rest);
    const values = new Float32Array(this.usage & GPUBufferUsage.MAP_READ ? bytes : 0);
    if (asked("garble")) values.forEach((value, i) => (values[i] = value + 0.05));
    if (asked("nan")) values.fill(NaN);
    if (asked("flat")) values.fill(0);
    return bytes;
  });
  wrap(GPUDevice.prototype, "createBuffer", (create) => function (descriptor) {
    const size = asked("starve") ? 2 ** 50 : descriptor.size;
    return create.call(this, { ...descriptor, size });
  });`;

/** @param {string} from what the worker is told from its start */
export const sabotaged =
  (from = "") =>
  (/** @type {Page} */ page) =>
    page.route("**/engine/worker.js", async (route) => {
      const response = await route.fetch();
      const body = `${await response.text()}\nself.sabotage = "${from}";${SABOTAGE}`;
      await route.fulfill({ response, body });
    });
