/** @import { CoreModule } from "./types.js" */

/**
 * The module that wasm-bindgen writes beside each build of the core.
 *
 * @param {URL} address
 * @returns {Promise<CoreModule & { Evaluator: new (manifest: string) => any }>}
 */
export function importGlue(address) {
  return import(address.href);
}
