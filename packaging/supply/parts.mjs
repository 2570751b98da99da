/**
 * What is shipped and is neither ours nor a crate.
 *
 * @typedef {object} Part
 * @property {string} name
 * @property {string} [version]
 * @property {"library" | "data" | "machine-learning-model"} type as CycloneDX has it
 * @property {string} licence SPDX
 * @property {string} [purl]
 * @property {string[]} files that hold it, below www/
 * @property {string} [text] the file with its licence, below www/
 */

/** Parts of `vendor/plot.js`, from the packages that its README names. */
const PLOT = {
  "@observablehq/plot": "0.6.17",
  "d3-array": "3.2.5",
  "d3-axis": "3.0.1",
  "d3-color": "3.1.1",
  "d3-format": "3.1.3",
  "d3-geo": "3.1.2",
  "d3-interpolate": "3.0.2",
  "d3-path": "3.1.1",
  "d3-scale": "4.0.3",
  "d3-scale-chromatic": "3.1.1",
  "d3-selection": "3.0.1",
  "d3-shape": "3.2.1",
  "d3-time": "3.1.1",
  "d3-time-format": "4.1.1",
  isoformat: "0.2.1",
};

/** @type {Part[]} */
export const PARTS = [
  ...Object.entries(PLOT).map(([name, version]) => ({
    name,
    version,
    type: /** @type {const} */ ("library"),
    licence: "ISC",
    purl: `pkg:npm/${name.replace("@", "%40")}@${version}`,
    files: ["vendor/plot.js"],
    text: "vendor/LICENSES.txt",
  })),
  {
    name: "Literata",
    type: "data",
    licence: "OFL-1.1",
    files: ["fonts/literata-latin-400-normal.woff2", "fonts/literata-latin-ext-400-normal.woff2"],
    text: "fonts/LICENSE-Literata.txt",
  },
  {
    name: "all-MiniLM-L6-v2",
    type: "machine-learning-model",
    licence: "Apache-2.0",
    files: ["model/distilbert.onnx"],
  },
  {
    name: "bert-base-uncased",
    type: "machine-learning-model",
    licence: "Apache-2.0",
    files: ["model/tokenizer.json"],
  },
];
