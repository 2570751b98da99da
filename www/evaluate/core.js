import { bestBuild } from "../engine/builds.js";
import { compileWasm, downloadText } from "../engine/download.js";
import { importGlue } from "../engine/glue.js";
import { MODELS } from "../engine/places.js";

/** @import { Evaluator } from "./types.js" */

/**
 * The core, with the models' list but without the models: it reads and measures.
 *
 * @returns {Promise<Evaluator>}
 */
export async function makeEvaluator() {
  const folder = new URL(`../wasm/${bestBuild()}/`, import.meta.url);
  const { signal } = new AbortController();
  const [manifest, module, glue] = await Promise.all([
    downloadText(new URL("manifest.json", MODELS), signal),
    compileWasm(new URL("plotlens_bg.wasm", folder), signal),
    importGlue(new URL("plotlens.js", folder)),
  ]);
  await glue.default({ module_or_path: module });
  return new glue.Evaluator(manifest);
}
