import { judge, TOLERANCE } from "./canary.js";
import { codeOf, PlotLensError } from "./errors.js";
import { verdicts } from "./verdicts.js";

/** @import { Loader } from "./loader.js" */
/** @import { Device, GpuEncoder, GpuGlue } from "./types.js" */

/** How long opening, and each step of the trial, may take, in milliseconds. */
const OPENING = 60_000;
/** How long a submission may take: so many times what a window took in the trial, and at least this. */
const TIMES = 8;
const LEAST = 5_000;

/** @type {Device} */
const UNTRIED = { used: "cpu", why: "untried", adapter: null, timings: null, difference: null };

/**
 * The graphics processor, used once it was seen to give the processor's answers, and given up for
 * good when it fails. What it was asked then is for the processor to answer.
 */
export class Graphics {
  #loader;
  #tell;
  #device = UNTRIED;
  /** @type {GpuEncoder | null} in use */
  #encoder = null;
  /** What a window took at most in the trial, in milliseconds. */
  #slowest = 0;
  /** @type {Promise<void> | null} */
  #trial = null;
  /** It failed in use. */
  #givenUp = false;

  /**
   * @param {Loader} loader
   * @param {(device: Device) => void} tell told of every change
   */
  constructor(loader, tell) {
    this.#loader = loader;
    this.#tell = tell;
  }

  get inUse() {
    return this.#encoder !== null;
  }

  /**
   * Tries it once; it is used if it is right and faster.
   *
   * @returns {Promise<void>} settles when that is known
   */
  consider() {
    return (this.#trial ??= this.#try(false));
  }

  /**
   * Uses it if it is right, however fast.
   *
   * @throws {PlotLensError} `webgpu-unavailable`, `webgpu-failed`
   */
  async demand() {
    this.#trial ??= this.#try(true);
    await this.#trial;
    if (this.inUse) return;
    if (!this.#givenUp) this.#trial = null;
    const { why } = this.#device;
    const missing = why === "unavailable" || why === "left-out";
    throw new PlotLensError(missing ? "webgpu-unavailable" : "webgpu-failed", REASONS[why]);
  }

  /** A processor was asked for by name. */
  decline() {
    this.#trial ??= Promise.resolve();
    this.#settle({ ...UNTRIED, why: "asked" });
  }

  /**
   * Runs windows side by side, each as if it were alone.
   *
   * @param {Uint32Array[]} windows
   * @returns {Promise<Float32Array[] | null>} null where it is not in use, or has just failed
   */
  async run(windows) {
    const encoder = this.#encoder;
    if (encoder === null) return null;
    try {
      const patience = Math.max(LEAST, TIMES * this.#slowest * windows.length);
      return await within(patience, encoder.run(windows));
    } catch {
      if (this.#encoder === encoder) {
        this.#encoder = null;
        this.#givenUp = true;
        release(encoder);
        this.#settle({ ...this.#device, used: "cpu", why: "failed" });
      }
      return null;
    }
  }

  /** @param {boolean} asked whether it is used even if it is slower */
  async #try(asked) {
    const adapter = await findAdapter();
    if (adapter === null) return this.#settle({ ...UNTRIED, why: "unavailable" });
    const name = nameOf(adapter);
    const key = JSON.stringify([name, navigator.userAgent, import.meta.url, this.#loader.manifest]);
    const before = asked ? null : await verdicts.recall(key);
    if (before !== null && before.used === "cpu") return this.#settle(before);
    this.#settle({ ...UNTRIED, why: "trying", adapter: name });
    /** @type {GpuEncoder | null} */
    let encoder = null;
    try {
      encoder = await this.#open();
      const device = { ...(await this.#judge(encoder, asked)), adapter: name };
      if (!asked) await verdicts.remember(key, device);
      if (device.used === "webgpu") this.#encoder = encoder;
      else release(encoder);
      this.#settle(device);
    } catch (error) {
      if (encoder !== null) release(encoder);
      this.#settle({ ...UNTRIED, why: WHY[codeOf(error) ?? ""] ?? "failed", adapter: name });
    }
  }

  async #open() {
    const { signal } = new AbortController();
    const [module, { manifest, bytes, hash }] = await Promise.all([
      this.#loader.modules.start("webgpu", signal, "default"),
      this.#loader.encoder(signal),
    ]);
    const { GpuEncoder } = /** @type {GpuGlue} */ (module);
    return within(OPENING, GpuEncoder.open(manifest, bytes, hash));
  }

  /**
   * @param {GpuEncoder} encoder
   * @param {boolean} asked
   * @returns {Promise<Omit<Device, "adapter">>}
   */
  async #judge(encoder, asked) {
    const run = (/** @type {Uint32Array[]} */ windows) => within(OPENING, encoder.run(windows));
    const { difference, timings, slowest } = await judge(this.#loader.engine, run, !asked);
    this.#slowest = slowest;
    // Not a number is wrong, too.
    if (!(difference <= TOLERANCE)) return { used: "cpu", why: "wrong", difference, timings };
    if (timings === null) return { used: "webgpu", why: "asked", difference, timings };
    const faster = timings.webgpu < timings.cpu;
    const [used, why] = faster
      ? /** @type {const} */ (["webgpu", "faster"])
      : /** @type {const} */ (["cpu", "slower"]);
    return { used, why, difference, timings };
  }

  /** @param {Device} device */
  #settle(device) {
    this.#device = device;
    this.#tell(device);
  }
}

/** What an error while it is opened means, by its code. @type {Record<string, Device["why"]>} */
const WHY = {
  "http-status": "left-out",
  network: "not-fetched",
  "webgpu-unavailable": "unavailable",
};

/** Why it is an error to ask for it. @type {Partial<Record<Device["why"], string>>} */
const REASONS = {
  "left-out": "This site does not hold the program for WebGPU. Ask for “auto” or “cpu”.",
  "not-fetched":
    "The program for WebGPU could not be fetched. Check the connection, or ask for “auto” or “cpu”.",
  wrong: "The graphics processor gives wrong answers here. Ask for “auto” or “cpu”.",
};

/** @returns {Promise<GPUAdapter | null>} */
async function findAdapter() {
  try {
    return (await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" })) ?? null;
  } catch {
    return null;
  }
}

/** @param {GPUAdapter} adapter */
function nameOf({ info }) {
  const { description, device, architecture, vendor } = info;
  return description || [vendor, architecture, device].filter(Boolean).join(" ") || "unnamed";
}

/** @param {GpuEncoder} encoder */
function release(encoder) {
  try {
    encoder.free();
  } catch {
    // It still waits for a device that hangs; both go with the worker.
  }
}

/**
 * @template T
 * @param {number} milliseconds
 * @param {Promise<T>} promise of the module `webgpu`: where it breaks, it never settles, and the worker
 *   hears of an error
 * @returns {Promise<T>}
 * @throws {PlotLensError} `webgpu-failed` when the time is over, or it broke
 */
async function within(milliseconds, promise) {
  /** @type {(error: unknown) => void} */
  let fail = () => {};
  const failed = new Promise((_, reject) => (fail = reject));
  const timer = setTimeout(() => fail(new PlotLensError("webgpu-failed")), milliseconds);
  const broke = (/** @type {ErrorEvent} */ event) => {
    event.preventDefault();
    fail(new PlotLensError("webgpu-failed", undefined, { cause: event.error }));
  };
  self.addEventListener("error", broke);
  try {
    return await Promise.race([promise, /** @type {Promise<never>} */ (failed)]);
  } finally {
    clearTimeout(timer);
    self.removeEventListener("error", broke);
  }
}
