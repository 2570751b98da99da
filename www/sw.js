// Keeps one version of PlotLens for use without a network. It is registered as
// sw.js?id=ID&build=BUILD: the version that files.json names, and the build of the
// core that this browser runs. A version is kept whole or not at all, every file is
// checked against its SHA-256, and an open page keeps the version it began with.

/** @typedef {{ path: string, bytes: number, sha256: string }} Listed */

const scope = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const query = new URL(scope.location.href).searchParams;
const ID = query.get("id") ?? "";
const BUILD = query.get("build") ?? "";
const SCOPE = scope.registration.scope;
/** Caches belong to the whole origin: ours are told by the folder. */
const OURS = `plotlens ${SCOPE} `;
const CACHE = OURS + ID;
const LIST = new URL("files.json", SCOPE).href;
/** The core checks the models itself whenever it loads them. */
const CHECKED_ELSEWHERE = /\.(onnx|bin)$|tokenizer\.json$/;

scope.addEventListener("install", (event) => event.waitUntil(keep()));
scope.addEventListener("activate", (event) => event.waitUntil(takeOver()));
scope.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  const inside = method === "GET" && url.startsWith(SCOPE) && url.split(/[?#]/)[0] !== LIST;
  if (inside) event.respondWith(answer(event.request));
});
scope.addEventListener("message", (event) => {
  if (event.data === "check")
    event.waitUntil(check().then((state) => event.source?.postMessage(state)));
});

async function keep() {
  try {
    const list = await readList(await fetch(LIST, { cache: "no-store" }));
    if (list.id !== ID) throw new Error("another version");
    const wanted = list.files.filter(({ path }) => isWanted(path));
    const cache = await caches.open(CACHE);
    let bytes = 0;
    const total = wanted.reduce((sum, file) => sum + file.bytes, 0);
    for (const file of wanted) {
      await store(cache, file);
      bytes += file.bytes;
      await tell({ type: "offline-progress", bytes, total });
    }
    // Last: a cache without it is not whole.
    await cache.put(LIST, Response.json({ id: ID, files: wanted }));
  } catch (error) {
    await caches.delete(CACHE);
    const full = error instanceof DOMException && error.name === "QuotaExceededError";
    await tell({ type: "offline-failed", why: full ? "storage" : "network" });
    throw error;
  }
  await tell(await check());
}

/**
 * @param {Response} response
 * @returns {Promise<{ id: string, files: Listed[] }>}
 */
function readList(response) {
  return response.json();
}

/**
 * Everything but the builds that this browser does not run.
 *
 * @param {string} path
 */
function isWanted(path) {
  if (path === "sw.js") return false;
  const build = /(?:^|\/)wasm\/(\w+)\//.exec(path)?.[1];
  return build === undefined || build === BUILD;
}

/**
 * Puts a file into the cache, from an older version where that has the same.
 *
 * @param {Cache} cache
 * @param {Listed} file
 */
async function store(cache, file) {
  const url = new URL(file.path, SCOPE).href;
  for (const name of await caches.keys()) {
    if (!name.startsWith(OURS)) continue;
    const older = await caches.open(name).then((other) => other.match(url));
    if (older !== undefined && (await isIntact(older.clone(), file))) return cache.put(url, older);
  }
  return cache.put(url, await fetchWhole(url, file));
}

/**
 * A file from the network that is what the list promises.
 *
 * @param {string} url
 * @param {Listed} file
 */
async function fetchWhole(url, file) {
  const response = await fetch(url, { cache: "no-cache" });
  if (!response.ok || !(await isIntact(response.clone(), file)))
    throw new Error(`${file.path} is damaged`);
  return response;
}

/**
 * @param {Response} response
 * @param {Listed} file
 */
async function isIntact(response, { bytes, sha256 }) {
  const content = await response.arrayBuffer();
  if (content.byteLength !== bytes) return false;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("") === sha256;
}

async function takeOver() {
  for (const name of await caches.keys()) {
    if (name.startsWith(OURS) && name !== CACHE) await caches.delete(name);
  }
  await scope.clients.claim();
}

/**
 * A kept file that is intact; else from the network, and kept anew.
 *
 * @param {Request} request
 */
async function answer(request) {
  const cache = await caches.open(CACHE);
  const file = await fileFor(cache, request.url);
  if (file === undefined) return fetch(request);
  const url = new URL(file.path, SCOPE).href;
  // Whoever asks past all caches has found a damaged file.
  const kept = request.cache === "reload" ? undefined : await cache.match(url);
  const trusted = CHECKED_ELSEWHERE.test(file.path);
  if (kept !== undefined && (trusted || (await isIntact(kept.clone(), file)))) return kept;
  try {
    const fresh = await fetchWhole(url, file);
    await cache.put(url, fresh.clone()).catch(() => {});
    return fresh;
  } catch {
    return fetch(request);
  }
}

/**
 * @param {Cache} cache
 * @param {string} address
 */
async function fileFor(cache, address) {
  const path = (address.split(/[?#]/)[0] ?? "").slice(SCOPE.length) || "index.html";
  const list = await cache.match(LIST);
  return list && (await readList(list)).files.find((file) => file.path === path);
}

/** Whether every file is there and intact, and what they weigh. */
async function check() {
  const cache = await caches.open(CACHE);
  const list = await cache.match(LIST);
  const files = list ? (await readList(list)).files : [];
  let bytes = 0;
  let intact = files.length > 0;
  for (const file of files) {
    const kept = await cache.match(new URL(file.path, SCOPE).href);
    if (kept !== undefined && (await isIntact(kept, file))) bytes += file.bytes;
    else intact = false;
  }
  return { type: "offline-state", id: ID, ready: intact, bytes };
}

/** @param {object} message */
async function tell(message) {
  const pages = await scope.clients.matchAll({ includeUncontrolled: true, type: "window" });
  for (const page of pages) page.postMessage(message);
}
