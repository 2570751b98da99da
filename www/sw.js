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
const CACHE = cacheOf(scope.location.href);
const LIST = new URL("files.json", SCOPE).href;
/** The core checks the models itself whenever it loads them. */
const CHECKED_ELSEWHERE = /\.(onnx|bin)$|tokenizer\.json$/;
/** Progress is told at most this often, in milliseconds. */
const TELL_EVERY = 200;

/** What came is not what the list promises. */
class Damaged extends Error {}

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
  // What went wrong is told to the pages.
  if (event.data === "mend") event.waitUntil(keep().catch(() => {}));
});

/** @param {string} worker the address of a service worker */
function cacheOf(worker) {
  const { searchParams } = new URL(worker);
  return `${OURS}${searchParams.get("id")} ${searchParams.get("build")}`;
}

/**
 * Makes this version whole. What was whole before stays, whatever happens; and what has come of a new
 * one stays when the download stops, so that the next try goes on from there.
 */
async function keep() {
  const before = await kept(LIST);
  try {
    const list = await readList(await fetch(LIST, { cache: "no-store" }));
    if (list.id !== ID) throw new Error("another version");
    const wanted = list.files.filter(({ path }) => isWanted(path));
    const cache = await caches.open(CACHE);
    await storeAll(cache, wanted);
    // Last: a cache without it is not whole.
    await cache.put(LIST, Response.json({ id: ID, files: wanted }));
    const state = await check();
    if (!state.ready) throw new Error("lost while it was kept");
    await tell(state);
  } catch (error) {
    // Whatever storage has against it; what a network has is no DOMException.
    const why = error instanceof DOMException ? "storage" : "network";
    if (why === "storage" && before === undefined) await caches.delete(CACHE);
    await tell({ type: "offline-failed", id: ID, why });
    throw error;
  }
}

/**
 * @param {Cache} cache
 * @param {Listed[]} files
 */
async function storeAll(cache, files) {
  const total = files.reduce((sum, file) => sum + file.bytes, 0);
  let done = 0;
  let told = -Infinity;
  const report = (/** @type {number} */ loaded) => {
    const now = performance.now();
    if (now - told < TELL_EVERY) return;
    told = now;
    void tell({ type: "offline-progress", id: ID, bytes: done + loaded, total });
  };
  for (const file of files) {
    await store(cache, file, report);
    done += file.bytes;
    report(0);
  }
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
 * Puts a file into the cache, where it is not there yet; from an older version where that has the same.
 *
 * @param {Cache} cache
 * @param {Listed} file
 * @param {(loaded: number) => void} onChunk
 */
async function store(cache, file, onChunk) {
  const url = new URL(file.path, SCOPE).href;
  for (const name of await caches.keys()) {
    if (!name.startsWith(OURS)) continue;
    const older = await caches.match(url, { cacheName: name });
    if (older !== undefined && (await isIntact(older.clone(), file))) {
      return name === CACHE ? undefined : cache.put(url, older);
    }
  }
  return cache.put(url, await fetchWhole(url, file, onChunk));
}

/**
 * A file from the network that is what the list promises.
 *
 * @param {string} url
 * @param {Listed} file
 * @param {(loaded: number) => void} [onChunk] called with the bytes so far
 * @throws {Damaged} where something else came
 */
async function fetchWhole(url, file, onChunk) {
  const response = await fetch(url, { cache: "no-cache" });
  if (!response.ok || response.body === null) throw new Damaged(file.path);
  let loaded = 0;
  const counted = response.body.pipeThrough(
    new TransformStream({
      transform(chunk, controller) {
        onChunk?.((loaded += chunk.byteLength));
        controller.enqueue(chunk);
      },
    }),
  );
  // Made anew: a browser takes no answer for a page that was redirected on its way here, as
  // hosts do that call index.html by its folder.
  const headers = new Headers(response.headers);
  for (const name of ["content-encoding", "content-length", "vary"]) headers.delete(name);
  const whole = new Response(await new Response(counted).arrayBuffer(), { headers });
  if (!(await isIntact(whole.clone(), file))) throw new Damaged(file.path);
  return whole;
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
  const { installing, waiting } = scope.registration;
  const wanted = [installing, waiting].map((worker) => worker && cacheOf(worker.scriptURL));
  for (const name of await caches.keys()) {
    if (name.startsWith(OURS) && name !== CACHE && !wanted.includes(name))
      await caches.delete(name);
  }
  await scope.clients.claim();
}

/**
 * A kept file that is intact; else from the network, and kept anew.
 *
 * @param {Request} request
 */
async function answer(request) {
  const file = await fileFor(request.url);
  if (file === undefined) return fetch(request);
  const url = new URL(file.path, SCOPE).href;
  // Whoever asks past all caches has found a damaged file.
  const stored = request.cache === "reload" ? undefined : await kept(url);
  const trusted = CHECKED_ELSEWHERE.test(file.path);
  if (stored !== undefined && (trusted || (await isIntact(stored.clone(), file)))) return stored;
  try {
    const fresh = await fetchWhole(url, file);
    const cache = await caches.open(CACHE);
    await cache.put(url, fresh.clone()).catch(() => {});
    return fresh;
  } catch (error) {
    if (error instanceof Damaged && (await isGone())) return giveUp(request);
    // Never another version's file.
    return Response.error();
  }
}

/** Whether the server has another version now. */
async function isGone() {
  try {
    return (await readList(await fetch(LIST, { cache: "no-store" }))).id !== ID;
  } catch {
    return false;
  }
}

/**
 * Forgets a version that can no longer be mended: the next page comes whole from the network.
 *
 * @param {Request} request
 */
async function giveUp(request) {
  await scope.registration.unregister();
  await caches.delete(CACHE);
  return request.mode === "navigate" ? fetch(request) : Response.error();
}

/**
 * @param {string} address
 */
async function fileFor(address) {
  const path = (address.split(/[?#]/)[0] ?? "").slice(SCOPE.length) || "index.html";
  const list = await kept(LIST).catch(() => undefined);
  return list && (await readList(list)).files.find((file) => file.path === path);
}

/**
 * Looks without making a cache: one that was removed stays away.
 *
 * @param {string} url
 */
function kept(url) {
  return caches.match(url, { cacheName: CACHE });
}

/** Whether every file is there and intact, and what they weigh. */
async function check() {
  const list = await kept(LIST);
  const files = list ? (await readList(list)).files : [];
  let bytes = 0;
  let intact = files.length > 0;
  for (const file of files) {
    const stored = await kept(new URL(file.path, SCOPE).href);
    if (stored !== undefined && (await isIntact(stored, file))) bytes += file.bytes;
    else intact = false;
  }
  return { type: "offline-state", id: ID, ready: intact, bytes };
}

/** @param {object} message */
async function tell(message) {
  const pages = await scope.clients.matchAll({ includeUncontrolled: true, type: "window" });
  for (const page of pages) page.postMessage(message);
}
