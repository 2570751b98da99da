import { bestBuild } from "../engine/builds.js";

/**
 * @typedef {object} Kept
 * @property {boolean} ready whether every file of a version is there and was found intact
 * @property {boolean} begun whether a download stopped before anything was whole
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
    if (!worker) return this.#begun();
    const { id, build } = named(worker);
    const { ready, bytes } = await heard(id, () => worker.postMessage("check"));
    // A browser that was updated since may run another build, which is not there.
    return { ready: ready && build === bestBuild(), begun: false, bytes };
  }

  /** What came before a download stopped. */
  async #begun() {
    let bytes = 0;
    for (const name of await this.#caches()) {
      const files = await (await caches.open(name)).matchAll();
      for (const file of files) bytes += (await file.blob()).size;
    }
    return bytes === 0 ? null : { ready: false, begun: true, bytes };
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
    return this.#install(await this.#offered(), onProgress);
  }

  /** Fetches a newer version where the server has one; nothing where nothing is kept. */
  async renew() {
    const registration = await this.#registration();
    if (!registration?.active) return;
    const address = await this.#offered();
    const { active, waiting } = registration;
    if ([active, waiting].some((worker) => worker?.scriptURL === address.href)) return;
    await this.#install(address, () => {});
  }

  /**
   * @param {URL} address a service worker's
   * @param {(share: number) => void} onProgress
   * @returns {Promise<Kept>}
   * @throws {NotKept}
   */
  async #install(address, onProgress) {
    const id = String(address.searchParams.get("id"));
    const ask = async () => {
      const scope = this.#scope.pathname;
      const options = /** @type {const} */ ({ scope, updateViaCache: "none" });
      const registration = await navigator.serviceWorker.register(address, options);
      // It was there already, perhaps through another page: whole, or to be made so.
      if (registration.installing === null)
        (registration.waiting ?? registration.active)?.postMessage("mend");
    };
    const { ready, bytes } = await heard(id, ask, onProgress);
    return { ready, begun: false, bytes };
  }

  /** Gives all storage back. */
  async remove() {
    await (await this.#registration())?.unregister();
    for (const name of await this.#caches()) await caches.delete(name);
  }

  /** The names of our caches among those of the origin. */
  async #caches() {
    const names = await caches.keys();
    return names.filter((name) => name.startsWith(`plotlens ${this.#scope.href} `));
  }

  async #registration() {
    const found = await navigator.serviceWorker.getRegistration(this.#scope);
    return found?.scope === this.#scope.href ? found : undefined;
  }

  /** The service worker of the version that the server has now, for this browser. */
  async #offered() {
    try {
      const response = await fetch(new URL("files.json", this.#scope), { cache: "no-store" });
      const { id } = await response.json();
      return new URL(`sw.js?id=${id}&build=${bestBuild()}`, this.#scope);
    } catch {
      throw new NotKept("network");
    }
  }
}

/** @param {ServiceWorker} worker */
function named(worker) {
  const query = new URL(worker.scriptURL).searchParams;
  return { id: String(query.get("id")), build: query.get("build") };
}

/**
 * What the service worker of a version says of it in the end.
 *
 * @param {string} id
 * @param {() => unknown} ask
 * @param {(share: number) => void} [onProgress] each message puts the end of patience off
 * @returns {Promise<Kept>}
 * @throws {NotKept}
 */
function heard(id, ask, onProgress) {
  return new Promise((resolve, reject) => {
    const channel = navigator.serviceWorker;
    /** @type {ReturnType<typeof setTimeout>} */
    let timer;
    const end = () => {
      clearTimeout(timer);
      channel.removeEventListener("message", hear);
    };
    const fail = (/** @type {NotKept["why"]} */ why) => (end(), reject(new NotKept(why)));
    const wait = () => {
      clearTimeout(timer);
      timer = setTimeout(fail, PATIENCE, "network");
    };
    const hear = (/** @type {MessageEvent} */ { data }) => {
      if (data?.id !== id) return;
      wait();
      if (data.type === "offline-progress") onProgress?.(data.bytes / data.total);
      if (data.type === "offline-failed") fail(data.why);
      if (data.type === "offline-state") (end(), resolve(data));
    };
    wait();
    channel.addEventListener("message", hear);
    channel.startMessages();
    // A TypeError tells that sw.js did not come; all else, that the browser will not have it.
    Promise.resolve()
      .then(ask)
      .catch((error) => fail(error instanceof TypeError ? "network" : "storage"));
  });
}
