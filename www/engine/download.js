import { PlotLensError } from "./errors.js";

/** A connection that gives nothing for this long (milliseconds) is taken for dead. */
const STALL = 30_000;
/** Longest manifest, in bytes: hundreds of files. */
const MOST_TEXT = 1 << 20;
/** Longest wasm file, in bytes: several times the second engine. */
const MOST_WASM = 1 << 26;

/**
 * @typedef {object} DownloadOptions
 * @property {number} bytes how long the file must be; exact whatever compression the server uses
 * @property {RequestCache} [cache]
 * @property {AbortSignal} signal
 * @property {(loaded: number) => void} onChunk called with the bytes so far
 */

/**
 * Fetches a file whose length is known beforehand. A file that comes too short is returned as it
 * is: the core, which checks hashes too, is the judge of it.
 *
 * @param {URL} url
 * @param {DownloadOptions} options
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 * @throws {PlotLensError} `network`, `http-status`, `aborted`, or `model-damaged` where too much came
 */
export async function download(url, { bytes, cache = "default", signal, onChunk }) {
  const stall = new Stall(signal);
  try {
    const response = await open(url, cache, stall.signal);
    const buffer = new Uint8Array(bytes);
    let loaded = 0;
    for await (const chunk of chunks(response)) {
      stall.postpone();
      if (loaded + chunk.length > bytes) throw new PlotLensError("model-damaged");
      buffer.set(chunk, loaded);
      loaded += chunk.length;
      onChunk(loaded);
    }
    return buffer.subarray(0, loaded);
  } catch (error) {
    throw explain(error, signal);
  } finally {
    stall.end();
  }
}

/**
 * The SHA-256 of some bytes, where the browser computes it: only pages served safely may ask. The core
 * computes it otherwise, more slowly.
 *
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {Promise<Uint8Array | undefined>}
 */
export async function digest(bytes) {
  if (globalThis.crypto?.subtle === undefined) return undefined;
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/**
 * Fetches a small text, where not told otherwise asking the server whether a stored copy is still good.
 *
 * @param {URL} url
 * @param {AbortSignal} signal
 * @param {RequestCache} [cache]
 * @returns {Promise<string>}
 * @throws {PlotLensError} `network`, `http-status`, `aborted`, or `manifest-invalid` for more than a
 *   mebibyte
 */
export async function downloadText(url, signal, cache = "no-cache") {
  const stall = new Stall(signal);
  try {
    const response = await open(url, cache, stall.signal);
    return await bounded(response, MOST_TEXT, "manifest-invalid", stall).text();
  } catch (error) {
    throw explain(error, signal);
  } finally {
    stall.end();
  }
}

/**
 * Fetches and compiles a wasm file, also from servers that give it the wrong MIME type; afresh once
 * where what came is no program, because the browser or a proxy may hold a damaged copy.
 *
 * @param {URL} url
 * @param {AbortSignal} signal
 * @param {RequestCache} [cache]
 * @returns {Promise<WebAssembly.Module>}
 * @throws {PlotLensError} `network`, `http-status`, `aborted`, `wasm-unsupported`
 */
export async function compileWasm(url, signal, cache = "default") {
  try {
    return await compile(url, cache, signal).catch((error) => {
      if (!(error instanceof WebAssembly.CompileError) || signal.aborted) throw error;
      return compile(url, "reload", signal);
    });
  } catch (error) {
    if (error instanceof WebAssembly.CompileError) {
      throw new PlotLensError("wasm-unsupported", undefined, { cause: error });
    }
    throw explain(error, signal);
  }
}

/**
 * @param {URL} url
 * @param {RequestCache} cache
 * @param {AbortSignal} signal
 */
async function compile(url, cache, signal) {
  const stall = new Stall(signal);
  try {
    const response = await open(url, cache, stall.signal);
    const wasm = bounded(response, MOST_WASM, "wasm-unsupported", stall);
    if ("compileStreaming" in WebAssembly) return await WebAssembly.compileStreaming(wasm);
    return await WebAssembly.compile(await wasm.arrayBuffer());
  } finally {
    stall.end();
  }
}

/**
 * A response whose body fails beyond `most` bytes, whatever the server says of its length, and each
 * of whose chunks shows that the connection lives.
 *
 * @param {Response} response
 * @param {number} most
 * @param {string} code of the error for more
 * @param {Stall} stall
 */
function bounded(response, most, code, stall) {
  let size = 0;
  /** @type {TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>} */
  const counter = new TransformStream({
    transform: (chunk, controller) => {
      stall.postpone();
      size += chunk.length;
      if (size > most) controller.error(new PlotLensError(code));
      else controller.enqueue(chunk);
    },
  });
  const body = response.body?.pipeThrough(counter) ?? null;
  return new Response(body, { headers: { "content-type": "application/wasm" } });
}

/**
 * @param {URL} url
 * @param {RequestCache} cache
 * @param {AbortSignal} signal
 */
async function open(url, cache, signal) {
  const response = await fetch(url, { cache, signal, credentials: "same-origin" });
  if (response.ok) return response;
  const name = url.pathname.split("/").at(-1);
  const sentence = `The server did not hand over ${name} (status ${response.status}). Try again later.`;
  throw new PlotLensError("http-status", sentence);
}

/** @param {Response} response */
async function* chunks(response) {
  if (response.body === null) return;
  const reader = response.body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    // Ends the transfer where the reading stopped early; a finished one takes no harm.
    reader.cancel().catch(() => {});
  }
}

/**
 * @param {unknown} error
 * @param {AbortSignal} signal the caller's own
 */
function explain(error, signal) {
  if (signal.aborted) return new PlotLensError("aborted");
  if (error instanceof PlotLensError) return error;
  return new PlotLensError("network", undefined, { cause: error });
}

/** Aborts a transfer that gives nothing for too long, or whose caller aborts. */
class Stall {
  #controller = new AbortController();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #outer;
  #abort = () => this.#controller.abort();

  /** @param {AbortSignal} outer */
  constructor(outer) {
    this.#outer = outer;
    if (outer.aborted) this.#abort();
    outer.addEventListener("abort", this.#abort);
    this.postpone();
  }

  get signal() {
    return this.#controller.signal;
  }

  postpone() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#abort, STALL);
  }

  end() {
    clearTimeout(this.#timer);
    this.#outer.removeEventListener("abort", this.#abort);
  }
}
