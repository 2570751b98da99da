import { digest } from "./download.js";

/** @import { Device } from "./types.js" */

const STORE = "plotlens-devices";

/**
 * What was found of graphics processors, kept in the browser's cache storage: nothing but how fast
 * and how right they were. Where the browser keeps nothing, each page tries anew.
 */
export const verdicts = {
  /**
   * @param {string} key of an adapter under one version
   * @returns {Promise<Device | null>}
   */
  async recall(key) {
    try {
      const found = await caches.match(await address(key), { cacheName: STORE });
      return found === undefined ? null : await found.json();
    } catch {
      return null;
    }
  },

  /**
   * @param {string} key
   * @param {Device} device
   */
  async remember(key, device) {
    try {
      const store = await caches.open(STORE);
      await store.put(await address(key), Response.json(device));
    } catch {
      // Not kept; it will be tried again.
    }
  },
};

/** @param {string} key */
async function address(key) {
  const hash = (await digest(new TextEncoder().encode(key))) ?? new Uint8Array();
  const name = Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return new URL(`device-${name}`, import.meta.url);
}
