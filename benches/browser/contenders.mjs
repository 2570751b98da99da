/** @import { Contender } from "./types.js" */

const ORT = "node_modules/onnxruntime-web/dist";
const TRANSFORMERS = "node_modules/@huggingface/transformers";
const TOKENIZERS = "node_modules/@huggingface/tokenizers/dist/tokenizers.min.mjs";

/**
 * @param {string} form
 * @param {string} label
 * @returns {Contender}
 */
const ours = (form, label) => ({
  id: form,
  label: `PlotLens, ${label}`,
  engine: "ours",
  form,
  scripts: [`wasm/${form}/plotlens.js`],
  wasm: `wasm/${form}/plotlens_bg.wasm`,
  model: "distilbert.onnx",
  large: true,
});

/**
 * @param {string} form
 * @param {string} label
 * @returns {Contender}
 */
const onnxruntime = (form, label) => ({
  id: `ort-${form}`,
  label: `ONNX Runtime Web, ${label}`,
  engine: "onnxruntime",
  form,
  scripts: [`${ORT}/ort.wasm.bundle.min.mjs`, TOKENIZERS],
  wasm: `${ORT}/ort-wasm-simd-threaded.wasm`,
  model: `${form}.onnx`,
  large: true,
});

/**
 * @param {string} form
 * @param {string} label
 * @param {string} file
 * @returns {Contender}
 */
const transformers = (form, label, file) => ({
  id: `transformers-${form}`,
  label: `Transformers.js, ${label}`,
  engine: "transformers",
  form,
  scripts: [
    `${TRANSFORMERS}/dist/transformers.min.js`,
    `${TRANSFORMERS}/node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.asyncify.mjs`,
  ],
  wasm: `${TRANSFORMERS}/node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.asyncify.wasm`,
  model: `transformers/onnx/${file}.onnx`,
  large: false,
});

export const CONTENDERS = [
  ours("simd128", "simd128"),
  ours("relaxed", "relaxed SIMD"),
  ours("tract", "tract"),
  onnxruntime("fp32", "fp32"),
  onnxruntime("int8", "dynamic int8"),
  transformers("q8", "dynamic int8", "model_quantized"),
  transformers("fp32", "fp32", "model"),
];

/** Who is compared on a graphics processor, and our own on the processor beside them. */
export const GRAPHICS = [
  ours("relaxed", "CPU, relaxed SIMD"),
  { ...ours("relaxed", "WebGPU"), id: "webgpu", engine: /** @type {const} */ ("graphics") },
  { ...onnxruntime("fp32", "WebGPU, fp32"), id: "ort-webgpu", form: "webgpu fp32" },
];

/** Those that every other is compared with. */
export const RIVALS = ["ort-fp32", "ort-int8"];

/** The one whose probabilities count as right. */
export const REFERENCE = "ort-fp32";
