/** @import { Stage } from "./measures.mjs" */
/** @import { Limits, Results } from "./types.js" */

const TOKENS = 128;
const HIDDEN = 384;
const WIDE = 1536;
/** The linear layers of one transformer layer: how many of each shape. */
const SHAPES = /** @type {const} */ ([
  { inputs: HIDDEN, outputs: HIDDEN, count: 4 },
  { inputs: HIDDEN, outputs: WIDE, count: 1 },
  { inputs: WIDE, outputs: HIDDEN, count: 1 },
]);
/** Runs of a shape that are timed together: the clock is coarser than one. */
const REPEATS = 20;

/**
 * The linear layers of our engine beside the bare product of the same size, in billions of operations a
 * second: how far the engine is from what its own instructions allow.
 *
 * @param {Stage} stage
 * @returns {Promise<Pick<Results, "limits">>}
 */
export async function limits({ browser, site, contenders, rounds, warmUp }) {
  /** @type {Record<string, Limits[]>} */
  const found = {};
  for (const { id, engine } of contenders) {
    if (engine !== "ours" || id === "tract") continue;
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${site.url}page.html`);
    found[id] = await page.evaluate(measureLinear, {
      folder: `${site.url}kernels/${id}/`,
      shapes: SHAPES.map((shape) => ({ ...shape })),
      tokens: TOKENS,
      repeats: REPEATS,
      rounds: rounds + warmUp,
      warmUp,
    });
    await context.close();
  }
  return { limits: found };
}

/**
 * Runs in the page: layer and bare product turn by turn.
 *
 * @param {{ folder: string, shapes: { inputs: number, outputs: number, count: number }[],
 *   tokens: number, repeats: number, rounds: number, warmUp: number }} options
 * @returns {Promise<Limits[]>}
 */
async function measureLinear({ folder, shapes, tokens, repeats, rounds, warmUp }) {
  const glue = await import(`${folder}plotlens.js`);
  await glue.default();
  const layers = shapes.map(({ inputs, outputs, count }) => ({
    bench: new glue.LinearBench(tokens, inputs, outputs),
    operations: 2 * tokens * inputs * outputs * count,
    count,
  }));
  const operations = layers.reduce((sum, layer) => sum + layer.operations, 0);
  /** @param {"layer" | "bare"} method */
  const speed = (method) => {
    let milliseconds = 0;
    for (const { bench, count } of layers) {
      const began = performance.now();
      for (let i = 0; i < repeats; i++) bench[method]();
      milliseconds += ((performance.now() - began) / repeats) * count;
    }
    return operations / milliseconds / 1e6;
  };
  const found = [];
  for (let round = 0; round < rounds; round++) {
    const kernel = layers[0]?.bench.kernel();
    const sample = { kernel, layers: speed("layer"), bare: speed("bare") };
    if (round >= warmUp) found.push(sample);
  }
  return found;
}
