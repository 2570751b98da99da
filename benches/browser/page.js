/** @import { Contender, Samples } from "./types.js" */

/** A worker with one engine in it. */
class Runner {
  #id;
  #worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });

  /** @param {string} id */
  constructor(id) {
    this.#id = id;
  }

  /**
   * @param {string} method
   * @param {unknown[]} args
   * @returns {Promise<any>}
   */
  call(method, ...args) {
    return new Promise((resolve, reject) => {
      this.#worker.onmessage = ({ data: { error, result } }) => {
        if (error === undefined) resolve(result);
        else reject(new Error(`${this.#id}: ${error}`));
      };
      this.#worker.onerror = (event) => reject(new Error(`${this.#id}: ${event.message}`));
      this.#worker.postMessage({ method, args });
    });
  }
}

/** @type {Map<string, Runner>} by the contender's id */
const runners = new Map();

/**
 * @param {string} id
 * @returns {Runner}
 */
function runner(id) {
  const found = runners.get(id);
  if (found === undefined) throw new Error(`${id} was not opened.`);
  return found;
}

/** What run.mjs calls. Only one engine works at any time. */
const bench = {
  /**
   * Fetches what a contender needs, and runs nothing yet.
   *
   * @param {Contender} contender
   * @param {string} model the model's folder, below the root
   */
  async open({ id, engine, form }, model) {
    const runner = new Runner(id);
    runners.set(id, runner);
    await runner.call("prepare", engine, form, new URL(model, location.href).href);
  },

  /**
   * @param {string} id
   * @param {"load" | "run" | "keywords" | "memory"} method
   * @param {unknown[]} args
   */
  call: (id, method, ...args) => runner(id).call(method, ...args),

  /**
   * Every contender once in each round, in another order each time, so that what else the machine
   * does falls on all of them.
   *
   * @param {string[]} ids
   * @param {"run" | "keywords"} method
   * @param {unknown} input
   * @param {{ warmUp: number, rounds: number }} options
   * @returns {Promise<Samples<any>>}
   */
  async interleave(ids, method, input, { warmUp, rounds }) {
    /** @type {Samples<any>} */
    const samples = Object.fromEntries(ids.map((id) => [id, []]));
    for (let round = -warmUp; round < rounds; round++) {
      for (const id of shuffled(ids)) {
        const sample = await runner(id).call(method, input);
        if (round >= 0) samples[id]?.push(sample);
      }
    }
    return samples;
  },
};

/**
 * @template T
 * @param {T[]} items
 */
function shuffled(items) {
  const keyed = items.map((item) => ({ item, key: Math.random() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}

Object.assign(globalThis, { bench });
