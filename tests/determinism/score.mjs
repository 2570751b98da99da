// node tests/determinism/score.mjs BUILD ROWS.jsonl: each row's probabilities by a browser's build, run
// in Node; one JSON object a line.
import { readFileSync, writeSync } from "node:fs";

/** @import * as Core from "../../www/wasm/simd128/plotlens.js" */
/** @import { PackedClassification } from "../../www/engine/types.js" */

const [, , build = "", rows = ""] = process.argv;
const www = new URL("../../www/", import.meta.url);
const bytes = (/** @type {string} */ path) => readFileSync(new URL(path, www));

/** @type {typeof Core} */
const core = await import(new URL(`wasm/${build}/plotlens.js`, www).href);
await core.default({ module_or_path: bytes(`wasm/${build}/plotlens_bg.wasm`) });
const manifest = bytes("model/manifest.json").toString();
const engine = new core.Engine(manifest, build === "tract" ? "tract" : undefined);
for (const { path } of JSON.parse(manifest).files) engine.load(path, bytes(`model/${path}`));

for (const [index, line] of readFileSync(rows, "utf8").split("\n").entries()) {
  if (line === "") continue;
  const { text, title } = JSON.parse(line);
  try {
    const job = engine.start(text, title, "all");
    while (!job.step());
    /** @type {PackedClassification} */
    const { genres } = job.finish();
    job.free();
    const by = (/** @type {"keywords" | "distilbert" | "blend"} */ predictor) =>
      genres.toSorted((a, b) => a.index - b.index).map((genre) => genre[predictor]?.probability);
    const [keywords, distilbert, blend] = [by("keywords"), by("distilbert"), by("blend")];
    writeSync(1, `${JSON.stringify({ line: index + 1, keywords, distilbert, blend })}\n`);
  } catch (error) {
    // Texts that cannot be read have a code; whatever else happens ends this.
    if (typeof (/** @type {any} */ (error).code) !== "string") throw error;
  }
}
