import { Files } from "./files.js";
import { memoryBytes } from "./memory.js";
import { byGenre, plain } from "./ours.js";

/** @import { GpuEncoder, Job, PackedClassification } from "../../../www/engine/types.js" */
/** @import { Prepare } from "../types.js" */

/**
 * PlotLens on a graphics processor: the build `form` prepares and finishes, `webgpu` runs the windows.
 *
 * @type {Prepare}
 */
export async function prepare(form, model) {
  const [core, graphics] = await Promise.all([build(form), build("webgpu")]);
  const text = await (await fetch(`${model}manifest.json`)).text();
  const manifest = JSON.parse(text);
  /** @type {string[]} */
  const names = manifest.files.map((/** @type {{ path: string }} */ file) => file.path);
  const files = await Files.fetch([core.wasm, graphics.wasm, ...names.map((name) => model + name)]);

  return async () => {
    await core.glue.default({ module_or_path: files.take(core.wasm) });
    await graphics.glue.default({ module_or_path: files.take(graphics.wasm) });
    const onnx = files.get(model + manifest.distilbert.onnx);
    /** @type {GpuEncoder} */
    const encoder = await graphics.glue.GpuEncoder.open(text, onnx);
    const engine = new core.glue.Engine(JSON.stringify(plain(manifest)), "fast");
    for (const name of names) engine.load(name, files.take(model + name));

    return {
      async run(texts) {
        const began = performance.now();
        /** @type {Job[]} */
        const jobs = texts.map((text) => engine.start(text, undefined, "all"));
        const windows = jobs.map((job) => /** @type {Uint32Array} */ (job.nextWindow()));
        const beganEncoder = performance.now();
        const values = await encoder.run(windows);
        const took = performance.now() - beganEncoder;
        /** @type {PackedClassification[]} */
        const answers = jobs.map((job, i) => {
          job.takeWindow(/** @type {Float32Array} */ (values[i]));
          const answer = job.finish();
          job.free();
          return answer;
        });
        return {
          whole: performance.now() - began,
          encoder: took,
          tokens: windows.map(({ length }) => length),
          probabilities: answers.map(byGenre),
        };
      },

      memory: memoryBytes,
    };
  };
}

/** @param {string} form */
async function build(form) {
  const folder = new URL(`../wasm/${form}/`, import.meta.url);
  const glue = await import(new URL("plotlens.js", folder).href);
  return { glue, wasm: new URL("plotlens_bg.wasm", folder).href };
}
