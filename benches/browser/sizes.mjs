import { readFile, stat } from "node:fs/promises";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

/** @import { Stage } from "./measures.mjs" */
/** @import { Results, Size } from "./types.js" */

/**
 * What a page downloads for each contender, in bytes.
 *
 * @param {Stage} stage
 * @returns {Promise<Pick<Results, "sizes">>}
 */
export async function sizes({ contenders, site: { file } }) {
  /** @type {Record<string, Size>} */
  const found = {};
  for (const { id, scripts, wasm, model } of contenders) {
    const [script, binary] = [await packed(scripts.map(file)), await packed([file(wasm)])];
    found[id] = {
      scripts: script.bytes,
      scriptsGzip: script.gzip,
      wasm: binary.bytes,
      wasmGzip: binary.gzip,
      model: (await stat(file(`model/${model}`))).size,
    };
  }
  return { sizes: found };
}

/**
 * As they are, and each by gzip -9.
 *
 * @param {string[]} paths
 */
async function packed(paths) {
  const sum = { bytes: 0, gzip: 0 };
  for (const path of paths) {
    const bytes = await readFile(path);
    sum.bytes += bytes.length;
    sum.gzip += (await promisify(gzip)(bytes, { level: 9 })).length;
  }
  return sum;
}
