/** @import { Engine, Prepare } from "./types.js" */

/** @type {(() => Promise<Engine>) | null} */
let start = null;
/** @type {Engine | null} */
let engine = null;

/** @returns {Engine} */
function loaded() {
  if (engine === null) throw new Error("Nothing is loaded yet.");
  return engine;
}

const methods = {
  /**
   * @param {string} name
   * @param {string} form
   * @param {string} model
   */
  async prepare(name, form, model) {
    /** @type {{ prepare: Prepare }} */
    const { prepare } = await import(`./engines/${name}.js`);
    start = await prepare(form, model);
  },

  /** Milliseconds from the bytes to an engine that is ready. */
  async load() {
    const began = performance.now();
    engine = (await start?.()) ?? null;
    const took = performance.now() - began;
    start = null;
    return took;
  },

  /** @param {string[]} texts */
  run: (texts) => loaded().run(texts),

  /** @param {string} text */
  keywords: (text) => loaded().keywords?.(text),

  memory: () => loaded().memory(),
};

addEventListener("message", async ({ data }) => {
  const { method, args } = /** @type {{ method: keyof typeof methods, args: never[] }} */ (data);
  try {
    const result = await /** @type {(...args: never[]) => unknown} */ (methods[method])(...args);
    postMessage({ result });
  } catch (error) {
    postMessage({ error: error instanceof Error ? error.stack : String(error) });
  }
});
