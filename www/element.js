import { PlotLensElement } from "./element/plot-lens.js";

export { PlotLensElement };
export { LANGUAGES } from "./element/strings.js";

// A page may load this twice, from two addresses.
if (customElements.get("plot-lens") === undefined) {
  customElements.define("plot-lens", PlotLensElement);
}
