import { PlotLens } from "../plotlens.js";

/** @import { DeviceWish, Progress } from "../engine/types.js" */

/**
 * @typedef {object} Wanted
 * @property {string | undefined} model the folder of the models
 * @property {DeviceWish} device
 */

/**
 * @typedef {object} Shared
 * @property {PlotLens} lens
 * @property {Set<(progress: Progress) => void>} listeners one for each user
 */

/** One worker and one copy of the models for all elements of a page that want the same. */
class Lenses {
  /** @type {Map<string, Shared>} */
  #open = new Map();

  /**
   * @param {Wanted} wanted
   * @param {(progress: Progress) => void} onProgress
   * @returns {{ lens: PlotLens, release: () => void }} the last release closes the lens
   * @throws {PlotLensError} `bad-argument`, `webgpu-unavailable`
   */
  take({ model, device }, onProgress) {
    const folder = model === undefined ? "" : new URL(model, document.baseURI).href;
    const key = `${device} ${folder}`;
    const shared = this.#open.get(key) ?? this.#start(key, { model, device });
    shared.listeners.add(onProgress);
    const release = () => {
      shared.listeners.delete(onProgress);
      if (shared.listeners.size > 0 || this.#open.get(key) !== shared) return;
      this.#open.delete(key);
      shared.lens.close();
    };
    return { lens: shared.lens, release };
  }

  /**
   * @param {string} key
   * @param {Wanted} wanted
   */
  #start(key, { model, device }) {
    /** @type {Shared["listeners"]} */
    const listeners = new Set();
    const lens = PlotLens.open({
      device,
      ...(model === undefined ? {} : { model }),
      onProgress: (progress) => listeners.forEach((tell) => tell(progress)),
    });
    const shared = { lens, listeners };
    this.#open.set(key, shared);
    return shared;
  }
}

export const lenses = new Lenses();
