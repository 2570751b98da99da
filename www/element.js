import { PlotLensElement } from "./element/plot-lens.js";

export { PlotLensElement };
export { LANGUAGES } from "./element/strings.js";

/** @typedef {import("./element/strings.js").Strings} Strings */
/** @typedef {import("./element/types.js").PlotLensAttributes} PlotLensAttributes */
/** @typedef {import("./element/types.js").PlotLensEvents} PlotLensEvents */
/** @typedef {import("./element/types.js").PlotLensResult} PlotLensResult */

// A page may load this twice, from two addresses.
if (customElements.get("plot-lens") === undefined) {
  customElements.define("plot-lens", PlotLensElement);
}
