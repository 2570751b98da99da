import { memoryBytes } from "./memory.js";
import { Files } from "./files.js";
import { sigmoidRows } from "./sigmoid.js";

/** @import { Prepare } from "../types.js" */

const ROOT = new URL("../node_modules/@huggingface/transformers/", import.meta.url);
const ORT = new URL("node_modules/onnxruntime-web/dist/", ROOT);

/** Its folder below that of the model. */
const NAME = "transformers";

/** @type {Prepare} */
export async function prepare(form, model) {
  /** @type {typeof import("@huggingface/transformers")} */
  const { env, AutoModelForSequenceClassification, AutoTokenizer } = await import(
    new URL("dist/transformers.min.js", ROOT).href
  );
  // The build that the library fetches by itself.
  const wasm = new URL("ort-wasm-simd-threaded.asyncify.wasm", ORT).href;
  const mjs = new URL("ort-wasm-simd-threaded.asyncify.mjs", ORT).href;
  await import(mjs);
  const weights = form === "fp32" ? "onnx/model.onnx" : "onnx/model_quantized.onnx";
  const names = ["config.json", "tokenizer.json", "tokenizer_config.json", weights];
  const files = await Files.fetch([wasm, ...names.map((name) => `${model}${NAME}/${name}`)]);

  return async () => {
    env.allowLocalModels = true;
    env.allowRemoteModels = false;
    env.localModelPath = new URL(model).pathname; // a whole address would be remote
    env.useBrowserCache = false;
    env.useWasmCache = false;
    env.fetch = async (url) => inMemory(files, new URL(url, model).href);
    const settings = /** @type {import("onnxruntime-web").Env.WebAssemblyFlags} */ (
      env.backends.onnx.wasm
    );
    settings.numThreads = 1;
    settings.wasmPaths = { mjs };
    settings.wasmBinary = files.take(wasm).buffer;
    const [tokenizer, classifier] = await Promise.all([
      AutoTokenizer.from_pretrained(NAME),
      AutoModelForSequenceClassification.from_pretrained(NAME, {
        device: "wasm",
        dtype: /** @type {"q8" | "fp32"} */ (form),
      }),
    ]);
    settings.wasmBinary = undefined;
    files.clear();

    return {
      // What its pipeline "text-classification" does, with a look at the clock in between.
      async run(texts) {
        const began = performance.now();
        const inputs = tokenizer(texts, { padding: true, truncation: true });
        const beganEncoder = performance.now();
        const { logits } = await classifier(inputs);
        const encoder = performance.now() - beganEncoder;
        const probabilities = sigmoidRows(logits.data, texts.length);
        const whole = performance.now() - began;
        /** @type {bigint[][]} */
        const mask = inputs.attention_mask.tolist();
        const tokens = mask.map((row) => row.filter((one) => one === 1n).length);
        return { whole, encoder, tokens, probabilities };
      },

      memory: memoryBytes,
    };
  };
}

/**
 * The part of a response that the library reads.
 *
 * @param {Files} files
 * @param {string} url
 */
function inMemory(files, url) {
  const bytes = files.get(url);
  if (bytes === null) return new Response(null, { status: 404 });
  const headers = new Headers({ "content-length": String(bytes.length) });
  const response = { ok: true, status: 200, headers, arrayBuffer: async () => bytes.buffer };
  return /** @type {Response} */ (/** @type {unknown} */ (response));
}
