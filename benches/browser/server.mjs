import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import path from "node:path";

/** @type {Record<string, string>} */
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

/** Isolation gives the page a clock of 5 µs. */
const HEADERS = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cache-control": "no-store",
};

/**
 * @typedef {object} Site
 * @property {string} url
 * @property {(name: string) => string} file where a path below the root lies
 * @property {() => Promise<void>} close
 */

/**
 * A static server over several folders.
 *
 * @param {Record<string, string>} folders by the prefix of their paths; the first that fits counts
 * @returns {Promise<Site>}
 */
export async function serve(folders) {
  /** @param {string} name */
  const file = (name) => {
    const plain = path.posix.normalize(`/${name}`).slice(1);
    const [prefix, folder] = Object.entries(folders).find(([p]) => plain.startsWith(p)) ?? ["", ""];
    return path.join(folder, plain.slice(prefix.length));
  };
  const server = createServer(async (request, response) => {
    const name = decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname);
    const found = file(name);
    const stats = await stat(found).catch(() => null);
    if (!stats?.isFile()) {
      response.writeHead(404, HEADERS).end();
      return;
    }
    response.writeHead(200, {
      ...HEADERS,
      "content-type": TYPES[path.extname(found)] ?? "application/octet-stream",
      "content-length": stats.size,
    });
    createReadStream(found).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(null)));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  return {
    url: `http://127.0.0.1:${port}/`,
    file,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
