import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import path from "node:path";

const WWW = fileURLToPath(new URL("../../../www/", import.meta.url));

/** The policy the page must work under; index.html repeats it. */
export const CSP = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "font-src 'self'",
  "require-trusted-types-for 'script'",
  "trusted-types default",
].join("; ");

/** The same without what is the page's own business: the policy of a site around the element. */
export const SITE_CSP = CSP.split("; ")
  .filter((rule) => !rule.includes("trusted-types"))
  .join("; ");

/** @type {Record<string, string>} */
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".wasm": "application/wasm",
  ".woff2": "font/woff2",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".md": "text/plain; charset=utf-8",
  ".webmanifest": "application/manifest+json",
};

/**
 * @typedef {object} Fault what goes wrong with one file
 * @property {"missing" | "truncated" | "flipped" | "slow" | "wrong-type" | "hang-up"} kind
 * @property {number} [bytesPerSecond] for “slow”
 * @property {number} [times] how often; for ever where left out
 */

/**
 * @typedef {object} Made a document that is no file
 * @property {string} body
 * @property {string} [policy] ours where left out
 */

/**
 * A static server for `www/`, or another folder, that can be told to spoil single files.
 *
 * @param {{ prefix?: string, root?: string, cacheControl?: string, hidesIndex?: boolean, headers?: Record<string, string>, made?: Record<string, Made> }} [options]
 *   prefix: the sub-path everything is served below, such as "/a/b/"; hidesIndex: sends who asks
 *   for index.html on to the folder, as some hosts do; headers: what is sent besides; made: documents
 *   by their path
 */
export async function serve(options = {}) {
  const {
    prefix = "/",
    root = WWW,
    cacheControl = "no-store",
    hidesIndex = false,
    made = {},
  } = options;
  /** @type {Map<string, Fault>} */
  const faults = new Map();
  /** @type {string[]} */
  const requests = [];

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    requests.push(url.pathname);
    if (hidesIndex && url.pathname.endsWith("/index.html")) {
      response.writeHead(308, { location: "./" }).end();
      return;
    }
    const name = decodeURIComponent(url.pathname.slice(prefix.length)).replace(
      /(^|\/)$/,
      "$1index.html",
    );
    const file = path.join(root, path.normalize("/" + name));
    const fault = take(faults, name);
    const own = made[name];
    const found = own === undefined ? readFile(file) : Promise.resolve(Buffer.from(own.body));
    const bytes = fault?.kind === "missing" ? null : await found.catch(() => null);
    if (!url.pathname.startsWith(prefix) || bytes === null) {
      response.writeHead(404, { "content-type": "text/plain" }).end("Not found");
      return;
    }
    const type = TYPES[path.extname(file)] ?? "application/octet-stream";
    const headers = {
      "content-type": fault?.kind === "wrong-type" ? "text/plain" : type,
      "content-security-policy": own?.policy ?? CSP,
      "cache-control": cacheControl,
      ...options.headers,
    };
    await send(response, headers, bytes, fault);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(null)));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  return {
    url: `http://127.0.0.1:${port}${prefix}`,
    /** Paths asked for so far. */
    requests,
    /**
     * @param {string} name path below `www/`
     * @param {Fault} fault
     */
    spoil: (name, fault) => void faults.set(name, { ...fault }),
    heal: () => faults.clear(),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve(null)));
    },
  };
}

/**
 * @param {Map<string, Fault>} faults
 * @param {string} name
 */
function take(faults, name) {
  const fault = faults.get(name);
  if (fault?.times !== undefined && --fault.times <= 0) faults.delete(name);
  return fault;
}

/**
 * @param {import("node:http").ServerResponse} response
 * @param {Record<string, string>} headers
 * @param {Buffer} bytes
 * @param {Fault | undefined} fault
 */
async function send(response, headers, bytes, fault) {
  const half = bytes.length >> 1;
  if (fault?.kind === "truncated") {
    response.writeHead(200, headers).end(bytes.subarray(0, half));
  } else if (fault?.kind === "flipped") {
    const spoiled = Buffer.from(bytes);
    spoiled[half] = Number(spoiled[half]) ^ 1;
    response.writeHead(200, headers).end(spoiled);
  } else if (fault?.kind === "hang-up") {
    response.writeHead(200, { ...headers, "content-length": String(bytes.length) });
    response.write(bytes.subarray(0, half), () => response.destroy());
  } else if (fault?.kind === "slow") {
    response.writeHead(200, headers);
    await trickle(response, bytes, fault.bytesPerSecond ?? 100_000);
  } else {
    response.writeHead(200, headers).end(bytes);
  }
}

/**
 * @param {import("node:http").ServerResponse} response
 * @param {Buffer} bytes
 * @param {number} bytesPerSecond
 */
async function trickle(response, bytes, bytesPerSecond) {
  const step = Math.max(1, Math.floor(bytesPerSecond / 20));
  for (let at = 0; at < bytes.length && !response.destroyed; at += step) {
    response.write(bytes.subarray(at, at + step));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  response.end();
}
