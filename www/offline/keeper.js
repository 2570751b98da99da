import { bestBuild } from "../engine/builds.js";

/**
 * @typedef {object} Kept
 * @property {boolean} ready whether every file of a version is there and was found intact
 * @property {number} bytes what is kept
 */

/** How long the service worker may take to look at what it keeps, in milliseconds. */
const PATIENCE = 60_000;

/** Why something could not be kept. */
export class NotKept extends Error {
  /** @param {"storage" | "network"} why */
  constructor(why) {
    super(why);
    this.why = why;
  }
}

/** Keeps the page and its models in this browser, through the service worker beside the page. */
export class Keeper {
  /** The page's folder. */
  #scope = new URL("./", document.baseURI);

  /** Whether this browser lets a page keep itself. */
  get supported() {
    return "serviceWorker" in navigator && "caches" in globalThis;
  }

  /** @returns {Promise<Kept | null>} null where nothing was asked to be kept */
  async state() {
    const worker = (await this.#registration())?.active;
    if (!worker) return null;
    const state = await heard(["offline-state"], () => worker.postMessage("check"));
    return { ready: state.ready, bytes: state.bytes };
  }

  /**
   * Keeps the version that the server has now; an older one stays until its last page is closed.
   *
   * @param {(share: number) => void} onProgress
   * @returns {Promise<Kept>}
   * @throws {NotKept}
   */
  async keep(onProgress) {
    // Asked for here alone, where the user wants it; whether it is granted changes nothing.
    void navigator.storage?.persist?.().catch(() => false);
    const { id } = await this.#list();
    const before = await this.#registration();
    const address = new URL(`sw.js?id=${id}&build=${bestBuild()}`, this.#scope);
    if (before?.active?.scriptURL === address.href) {
      const state = await this.state();
      if (state?.ready) return state;
      await this.remove();
    }
    const outcome = heard(
      ["offline-state", "offline-failed"],
      async () => {
        const scope = this.#scope.pathname;
        await navigator.serviceWorker.register(address, { scope, updateViaCache: "none" });
      },
      ({ bytes, total }) => onProgress(bytes / total),
    );
    const message = await outcome.catch(() => ({ type: "offline-failed", why: "storage" }));
    if (message.type === "offline-failed") throw new NotKept(message.why);
    return { ready: message.ready, bytes: message.bytes };
  }

  /** Fetches a newer version where the server has one; nothing where nothing is kept. */
  async renew() {
    const active = (await this.#registration())?.active;
    if (!active) return;
    const { id } = await this.#list();
    if (new URL(active.scriptURL).searchParams.get("id") !== id) await this.keep(() => {});
  }

  /** Gives all storage back. */
  async remove() {
    await (await this.#registration())?.unregister();
    for (const name of await caches.keys()) {
      if (name.startsWith(`plotlens ${this.#scope.href} `)) await caches.delete(name);
    }
  }

  async #registration() {
    const found = await navigator.serviceWorker.getRegistration(this.#scope);
    return found?.scope === this.#scope.href ? found : undefined;
  }

  /** @returns {Promise<{ id: string }>} */
  async #list() {
    try {
      const response = await fetch(new URL("files.json", this.#scope), { cache: "no-store" });
      if (response.ok) return await response.json();
    } catch {
      // Told below.
    }
    throw new NotKept("network");
  }
}

/**
 * The first of some messages of the service worker.
 *
 * @param {string[]} types
 * @param {() => unknown} ask
 * @param {(progress: any) => void} [onProgress] each message puts the end of patience off
 * @returns {Promise<any>}
 */
function heard(types, ask, onProgress) {
  return new Promise((resolve, reject) => {
    const channel = navigator.serviceWorker;
    /** @type {ReturnType<typeof setTimeout>} */
    let timer;
    const end = () => {
      clearTimeout(timer);
      channel.removeEventListener("message", hear);
    };
    const wait = () => {
      clearTimeout(timer);
      timer = setTimeout(() => (end(), reject(new NotKept("network"))), PATIENCE);
    };
    const hear = (/** @type {MessageEvent} */ { data }) => {
      wait();
      if (data?.type === "offline-progress") onProgress?.(data);
      if (!types.includes(data?.type)) return;
      end();
      resolve(data);
    };
    wait();
    channel.addEventListener("message", hear);
    channel.startMessages();
    Promise.resolve(ask()).catch((error) => (end(), reject(error)));
  });
}
