import { asPlotLensError, codeOf } from "./errors.js";
import { Graphics } from "./graphics.js";
import { Loader } from "./loader.js";
import { Queue } from "./queue.js";
import { Trials } from "./trials.js";

/** @import { Reply, Request } from "./types.js" */

/** The one owner of the core. Each request has an id, and each reply names the request it answers. */
class Reader {
  #loader = new Loader(new URL("../", import.meta.url), self.name === "tract" ? "tract" : null);
  #graphics = new Graphics(this.#loader, (device) => reply({ type: "device", device }));
  /** @type {Map<number, AbortController>} loads under way */
  #loads = new Map();
  #queue = new Queue(
    () => this.#loader.engine,
    this.#graphics,
    {
      answer: (id, classification, { milliseconds, device }) => {
        const packed = { ...classification, milliseconds, device };
        reply({ id, type: "answer", packed }, [packed.vectors.buffer, packed.spans.buffer]);
        if (classification.model !== "keywords") void this.#graphics.consider();
      },
      fail,
      lost,
    },
    nextTurn(),
  );

  #trials = new Trials(
    () => this.#loader.engine,
    this.#graphics,
    () => this.#queue.busy,
    {
      found: (id, effects) => reply({ id, type: "found", effects }, [effects.vectors.buffer]),
      fail,
      lost,
    },
    nextTurn(),
  );

  /** @param {Request} request */
  receive(request) {
    if (request.type === "load") void this.#load(request);
    else if (request.type === "classify") this.#queue.add(request);
    else if (request.type === "trial") this.#trials.add(request);
    else if (request.type === "abort") this.#abort(request.id);
    else reply({ type: "pong" });
  }

  /** @param {Extract<Request, { type: "load" }>} request */
  async #load({ id, model, folder, stored, device }) {
    this.#loader.stored = stored;
    if (folder !== undefined) this.#loader.models = new URL(folder);
    const controller = new AbortController();
    this.#loads.set(id, controller);
    try {
      const manifest = await this.#loader.load(model, controller.signal, (progress) =>
        reply({ id, type: "progress", progress }),
      );
      if (device === "cpu" || manifest.engine === "tract") this.#graphics.decline();
      if (device === "webgpu" && model === "distilbert") await this.#graphics.demand();
      reply({ id, type: "loaded", manifest });
    } catch (error) {
      if (codeOf(error) === null) lost(error);
      else fail(id, error);
    } finally {
      this.#loads.delete(id);
    }
  }

  /** @param {number} id */
  #abort(id) {
    this.#loads.get(id)?.abort();
    this.#queue.drop(id);
    this.#trials.drop(id);
  }
}

/**
 * @param {number} id
 * @param {unknown} error
 */
function fail(id, error) {
  const { code, message } = asPlotLensError(error, "worker-lost");
  reply({ id, type: "failed", code, message });
}

/** @param {unknown} error */
function lost(error) {
  reply({ type: "lost", message: String(error) });
}

/**
 * @param {Reply} message
 * @param {Transferable[]} [transfer]
 */
function reply(message, transfer = []) {
  self.postMessage(message, { transfer });
}

/**
 * A way to wait until messages that have already come were handled. A message to ourselves comes
 * behind them, and unlike a timer it is not delayed by the browser.
 *
 * @returns {() => Promise<void>}
 */
function nextTurn() {
  const { port1, port2 } = new MessageChannel();
  /** @type {(() => void)[]} */
  const waiting = [];
  port1.onmessage = () => waiting.shift()?.();
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      port2.postMessage(null);
    });
}

const reader = new Reader();
self.addEventListener("message", (event) => reader.receive(event.data));
