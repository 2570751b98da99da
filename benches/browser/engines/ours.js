import { Files } from "./files.js";

/** @import { PackedClassification } from "../../../www/engine/types.js" */
/** @import { Prepare } from "../types.js" */

/** @type {Prepare} */
export async function prepare(form, model) {
  const folder = new URL(`../wasm/${form}/`, import.meta.url);
  const glue = await import(new URL("plotlens.js", folder).href);
  const wasm = new URL("plotlens_bg.wasm", folder).href;
  const manifestUrl = `${model}manifest.json`;
  const manifest = await (await fetch(manifestUrl)).json();
  /** @type {string[]} */
  const names = manifest.files.map((/** @type {{ path: string }} */ file) => file.path);
  const files = await Files.fetch([wasm, ...names.map((name) => model + name)]);

  return async () => {
    // The browser hashes on a thread of its own, as it does for the page.
    const hashed = names.map(async (name) => {
      const bytes = files.take(model + name);
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
      return { name, bytes, digest };
    });
    const exports = await glue.default({ module_or_path: files.take(wasm) });
    const kind = form === "tract" ? "tract" : "fast";
    const engine = new glue.Engine(JSON.stringify(plain(manifest)), kind);
    for (const file of hashed) {
      const { name, bytes, digest } = await file;
      engine.load(name, bytes, digest);
    }

    /** @param {string} text */
    function classify(text) {
      const job = engine.start(text, undefined, "all");
      const began = performance.now();
      while (!job.step());
      const encoder = performance.now() - began;
      /** @type {PackedClassification} */
      const answer = job.finish();
      job.free();
      return { encoder, answer };
    }

    return {
      run(texts) {
        const began = performance.now();
        const answers = texts.map(classify);
        const whole = performance.now() - began;
        return {
          whole,
          encoder: answers.reduce((sum, { encoder }) => sum + encoder, 0),
          tokens: answers.map(({ answer }) => answer.read.tokens + 2),
          probabilities: answers.map(({ answer }) => byGenre(answer)),
        };
      },

      keywords(text) {
        const began = performance.now();
        const job = engine.start(text, undefined, "keywords");
        while (!job.step());
        job.finish();
        job.free();
        return performance.now() - began;
      },

      memory: () => exports.memory.buffer.byteLength,
    };
  };
}

/**
 * A manifest under which DistilBERT reads up to 512 tokens at once and its probabilities are those
 * of its own logits, as in the other engines.
 *
 * @param {any} manifest
 */
export function plain(manifest) {
  const calibration = {
    slopes: manifest.genres.map(() => 1),
    intercepts: manifest.genres.map(() => 0),
  };
  return {
    ...manifest,
    distilbert: { ...manifest.distilbert, window_pieces: 510, calibration },
  };
}

/** @param {PackedClassification} answer */
export function byGenre({ genres }) {
  /** @type {number[]} */
  const probabilities = [];
  for (const { index, distilbert } of genres) probabilities[index] = distilbert?.probability ?? NaN;
  return probabilities;
}
