import { PlotLensError } from "./errors.js";
import { compileWasm } from "./download.js";
import { importGlue } from "./glue.js";

/** @import { Build, CoreModule } from "./types.js" */

/** Brings builds of the core into this worker. */
export class Modules {
  #root;
  #starts = 0;

  /** @param {URL} root the folder that holds `wasm/` */
  constructor(root) {
    this.#root = root;
  }

  /**
   * Fetches, compiles and starts a build.
   *
   * @param {Build} build
   * @param {AbortSignal} signal
   * @param {RequestCache} cache
   * @returns {Promise<CoreModule>}
   * @throws {PlotLensError} `network`, `http-status`, `aborted`, `wasm-unsupported`
   */
  async start(build, signal, cache) {
    if (typeof WebAssembly !== "object") throw new PlotLensError("wasm-unsupported");
    const folder = new URL(`wasm/${build}/`, this.#root);
    const compiled = compileWasm(new URL("plotlens_bg.wasm", folder), signal, cache);
    // Some browsers remember a failed import by its address.
    const again = this.#starts === 0 ? "" : `?again=${this.#starts}`;
    this.#starts += 1;
    const imported = importGlue(new URL(`plotlens.js${again}`, folder)).catch((cause) => {
      throw new PlotLensError("network", undefined, { cause });
    });
    imported.catch(() => {}); // told below, unless the other one failed first
    const module = await compiled;
    const glue = await imported;
    try {
      await glue.default({ module_or_path: module });
    } catch (cause) {
      throw new PlotLensError("wasm-unsupported", undefined, { cause });
    }
    return glue;
  }
}
