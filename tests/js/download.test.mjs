import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { compileWasm, download, downloadText } from "../../www/engine/download.js";

const BODY = Buffer.from("0123456789".repeat(1000));
/** The smallest program. */
const WASM = Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
let asked = 0;
let base = "";
const server = createServer((request, response) => {
  if (request.url === "/missing") response.writeHead(404).end("no");
  else if (request.url === "/short") response.end(BODY.subarray(0, 10));
  else if (request.url === "/hang-up") {
    response.writeHead(200, { "content-length": BODY.length });
    response.write(BODY.subarray(0, 10), () => response.destroy());
  } else if (request.url === "/endless") {
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(1 << 16, "a")));
    };
    response.on("drain", more);
    more();
  } else if (request.url === "/truncated-once.wasm") {
    asked += 1;
    response.end(asked === 1 ? WASM.subarray(0, 6) : WASM);
  } else if (request.url === "/no.wasm") response.end(BODY);
  else if (request.url === "/never") response.write(BODY.subarray(0, 10));
  else response.end(BODY);
});

before(async () => {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(null)));
  const address = server.address();
  base = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
});

after(() => {
  server.closeAllConnections();
  server.close();
});

/**
 * @param {string} path
 * @param {number} [bytes]
 * @param {AbortSignal} [signal]
 */
function get(path, bytes = BODY.length, signal = new AbortController().signal) {
  /** @type {number[]} */
  const steps = [];
  const result = download(new URL(path, base), { bytes, signal, onChunk: (at) => steps.push(at) });
  return { result, steps };
}

test("a file arrives whole, and each chunk is told with the bytes so far", async () => {
  const { result, steps } = get("/whole");
  assert.deepEqual(Buffer.from(await result), BODY);
  assert.equal(steps.at(-1), BODY.length);
  assert.deepEqual(
    steps,
    steps.toSorted((a, b) => a - b),
  );
});

test("a short file is handed on as it is, for the core to judge", async () => {
  assert.equal((await get("/short").result).length, 10);
});

test("a file that is longer than promised is refused", async () => {
  await assert.rejects(get("/whole", 100).result, { code: "model-damaged" });
});

test("a refusal and a broken connection are told apart", async () => {
  await assert.rejects(get("/missing").result, { code: "http-status", message: /missing.*404/ });
  await assert.rejects(get("/hang-up").result, { code: "network" });
  await assert.rejects(downloadText(new URL("/missing", base), new AbortController().signal), {
    code: "http-status",
  });
});

test("an abort ends the waiting, before and during the transfer", async () => {
  const controller = new AbortController();
  const { result } = get("/never", BODY.length, controller.signal);
  setTimeout(() => controller.abort(), 50);
  await assert.rejects(result, { code: "aborted" });
  await assert.rejects(get("/whole", 1, controller.signal).result, { code: "aborted" });
});

test("a stream without an end is cut off, whatever it is taken for", async () => {
  const { signal } = new AbortController();
  const endless = new URL("/endless", base);
  await assert.rejects(get("/endless").result, { code: "model-damaged" });
  await assert.rejects(downloadText(endless, signal), { code: "manifest-invalid" });
  await assert.rejects(compileWasm(endless, signal), { code: "wasm-unsupported" });
});

test("a program that came damaged is fetched afresh once", async () => {
  const { signal } = new AbortController();
  await compileWasm(new URL("/truncated-once.wasm", base), signal);
  assert.equal(asked, 2);
  await assert.rejects(compileWasm(new URL("/no.wasm", base), signal), {
    code: "wasm-unsupported",
  });
  await assert.rejects(compileWasm(new URL("/hang-up", base), signal), { code: "network" });
});
