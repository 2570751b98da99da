import { memoryBytes } from "./memory.js";
import { Files } from "./files.js";
import { sigmoidRows } from "./sigmoid.js";

/** @import { Prepare } from "../types.js" */

const MODULES = new URL("../node_modules/", import.meta.url);
const DIST = new URL("onnxruntime-web/dist/", MODULES);
const TOKENIZERS = new URL("@huggingface/tokenizers/dist/tokenizers.min.mjs", MODULES);

/** The form of the weights; with "webgpu " before it, on a graphics processor. @type {Prepare} */
export async function prepare(wish, model) {
  const [form = "", provider = "wasm"] = wish.split(" ").reverse();
  /** @type {typeof import("onnxruntime-web")} */
  const ort = await import(new URL(`ort.${provider}.bundle.min.mjs`, DIST).href);
  /** @type {typeof import("@huggingface/tokenizers")} */
  const { Tokenizer } = await import(TOKENIZERS.href);
  const suffix = provider === "wasm" ? "" : ".asyncify";
  const wasm = new URL(`ort-wasm-simd-threaded${suffix}.wasm`, DIST).href;
  const [weights, vocabulary] = [`${model}${form}.onnx`, `${model}tokenizer.json`];
  const files = await Files.fetch([wasm, weights, vocabulary]);

  return async () => {
    ort.env.wasm.numThreads = 1;
    ort.env.wasm.wasmBinary = files.take(wasm).buffer;
    const session = await ort.InferenceSession.create(files.take(weights), {
      executionProviders: [provider],
    });
    ort.env.wasm.wasmBinary = undefined;
    const tokenizer = new Tokenizer(JSON.parse(files.takeText(vocabulary)), {});

    return {
      async run(texts) {
        const began = performance.now();
        const ids = texts.map((text) => tokenizer.encode(text).ids);
        const inputs = batch(ort.Tensor, ids);
        const beganEncoder = performance.now();
        const { logits } = await session.run(inputs);
        const encoder = performance.now() - beganEncoder;
        const probabilities = sigmoidRows(/** @type {Float32Array} */ (logits?.data), texts.length);
        const whole = performance.now() - began;
        return { whole, encoder, tokens: ids.map((row) => row.length), probabilities };
      },

      memory: memoryBytes,
    };
  };
}

/**
 * Rows of one length: [PAD] is 0, and so is its mask.
 *
 * @param {typeof import("onnxruntime-web").Tensor} Tensor
 * @param {number[][]} rows
 */
function batch(Tensor, rows) {
  const length = Math.max(...rows.map((row) => row.length));
  const ids = new BigInt64Array(rows.length * length);
  const mask = new BigInt64Array(rows.length * length);
  rows.forEach((row, index) => {
    ids.set(row.map(BigInt), index * length);
    mask.fill(1n, index * length, index * length + row.length);
  });
  const dims = [rows.length, length];
  return {
    input_ids: new Tensor("int64", ids, dims),
    attention_mask: new Tensor("int64", mask, dims),
  };
}
