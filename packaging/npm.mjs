/**
 * The package's own package.json.
 *
 * @param {string} version
 */
export function manifest(version) {
  const json = {
    name: "plotlens",
    version,
    description: "Film genres from a plot description, and the words that say so, in the browser",
    license: "MIT OR Apache-2.0",
    type: "module",
    exports: {
      ".": { types: "./types/plotlens.d.ts", default: "./plotlens/plotlens.js" },
      "./element": { types: "./types/element.d.ts", default: "./plotlens/element.js" },
      "./plotlens/*": "./plotlens/*",
      "./package.json": "./package.json",
    },
    // Only the element does something when it is loaded: it defines itself.
    sideEffects: ["./plotlens/element.js", "./plotlens/app-*/element.js"],
    files: ["plotlens", "types", "NOTICE", "LICENSE-*", "sbom.cdx.json"],
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}
