import { sha256 } from "../files.mjs";
import { modern } from "./spdx.mjs";

/**
 * @import { Files } from "../files.mjs"
 * @import { Crate } from "./crates.mjs"
 * @import { Part } from "./parts.mjs"
 */

/**
 * The list of parts that a package is made of, as CycloneDX 1.6. The same parts give the same bytes.
 *
 * @param {object} made
 * @param {Crate[]} made.crates ours among them
 * @param {string} made.rust the version of the standard library in the wasm
 * @param {Part[]} made.parts
 * @param {Files} made.www what is shipped, by paths below www/
 * @returns {string} JSON
 */
export function sbom({ crates, rust, parts, www }) {
  const own = crates.find(({ source }) => source === null);
  if (own === undefined) throw new Error("Our own crate is not among the crates.");
  const others = crates.filter((crate) => crate !== own);
  const json = {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      component: { ...crateComponent(own), type: "application" },
    },
    components: [
      ...others.map(crateComponent),
      {
        type: "library",
        "bom-ref": "rust-std",
        name: "rust-std",
        version: rust,
        licenses: [{ expression: "MIT OR Apache-2.0" }],
      },
      ...parts.map((part) => partComponent(part, www)),
    ],
    dependencies: crates.map((crate) => ({
      ref: ref(crate),
      dependsOn: [
        ...crate.needs.map((need) => `pkg:cargo/${need}`),
        ...(crate === own ? ["rust-std", ...parts.map((part) => part.purl ?? part.name)] : []),
      ],
    })),
  };
  return `${JSON.stringify(json, null, 1)}\n`;
}

/** @param {Crate} crate */
function ref({ name, version }) {
  return `pkg:cargo/${name}@${version}`;
}

/** @param {Crate} crate */
function crateComponent(crate) {
  return {
    type: "library",
    "bom-ref": ref(crate),
    name: crate.name,
    version: crate.version,
    purl: ref(crate),
    licenses: [{ expression: modern(crate.licence ?? "NOASSERTION") }],
    ...(crate.sha256 !== null && { hashes: [{ alg: "SHA-256", content: crate.sha256 }] }),
  };
}

/**
 * @param {Part} part
 * @param {Files} www
 */
function partComponent({ name, version, type, licence, purl, files }, www) {
  return {
    type,
    "bom-ref": purl ?? name,
    name,
    ...(version !== undefined && { version }),
    ...(purl !== undefined && { purl }),
    licenses: [{ expression: licence }],
    components: files.map((file) => {
      const bytes = www.get(file);
      if (bytes === undefined) throw new Error(`${file}, a part of ${name}, is not there.`);
      return { type: "file", name: file, hashes: [{ alg: "SHA-256", content: sha256(bytes) }] };
    }),
  };
}
