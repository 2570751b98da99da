import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** Where every crate has to come from. */
export const REGISTRY = "registry+https://github.com/rust-lang/crates.io-index";

/**
 * @typedef {object} Crate
 * @property {string} name
 * @property {string} version
 * @property {string | null} licence as its Cargo.toml has it
 * @property {string | null} source none for this one
 * @property {string | null} sha256 of its package, from Cargo.lock
 * @property {string} folder where its source lies
 * @property {string[]} needs `name@version` of the crates that it calls
 */

/**
 * Every crate of Cargo.lock that some build of this one uses, on any system.
 *
 * @returns {Promise<Crate[]>}
 */
export async function allCrates() {
  const { packages, resolve } = metadata("--all-features");
  const hashes = checksums(await readFile(path.join(ROOT, "Cargo.lock"), "utf8"));
  const key = new Map(packages.map(({ id, name, version }) => [id, `${name}@${version}`]));
  const needs = new Map(
    resolve.nodes.map(({ id, deps }) => [
      id,
      deps.filter(calls).map(({ pkg }) => /** @type {string} */ (key.get(pkg))),
    ]),
  );
  return packages.map(({ id, name, version, license, source, manifest_path }) => ({
    name,
    version,
    licence: license,
    source,
    sha256: hashes.get(`${name}@${version}`) ?? null,
    folder: path.dirname(manifest_path),
    needs: needs.get(id) ?? [],
  }));
}

/**
 * The crates whose code is in the browser module, this one among them: neither macros nor what only
 * builds or tests it.
 *
 * @param {string[]} flags which features
 * @returns {Promise<Crate[]>} by name
 */
export async function shippedCrates(flags) {
  const tree = cargo([
    "tree",
    ...["--locked", "--target", "wasm32-unknown-unknown", ...flags],
    ...["--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}"],
  ]);
  const inTree = new Set(tree.split("\n").map((line) => line.replace(/^(\S+) v(\S+).*$/, "$1@$2")));
  const crates = await allCrates();
  const isIn = (/** @type {string} */ crate) => inTree.has(crate);
  return crates
    .filter(({ name, version }) => isIn(`${name}@${version}`))
    .map((crate) => ({ ...crate, needs: crate.needs.filter(isIn) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * @typedef {object} Metadata what is read of cargo's
 * @property {{ id: string, name: string, version: string, license: string | null,
 *   source: string | null, manifest_path: string }[]} packages
 * @property {{ nodes: { id: string, deps: Dependency[] }[] }} resolve
 *
 * @typedef {{ pkg: string, dep_kinds: { kind: string | null }[] }} Dependency
 */

/**
 * @param {...string} flags
 * @returns {Metadata}
 */
function metadata(...flags) {
  return JSON.parse(cargo(["metadata", "--locked", "--format-version", "1", ...flags]));
}

/** @param {Dependency} dependency */
function calls({ dep_kinds }) {
  return dep_kinds.some(({ kind }) => kind === null);
}

/** @param {string[]} args */
function cargo(args) {
  return execFileSync("cargo", args, { cwd: ROOT, encoding: "utf8", maxBuffer: 1 << 28 });
}

/**
 * The hashes that Cargo.lock pins, by `name@version`.
 *
 * @param {string} lock
 * @returns {Map<string, string>}
 */
function checksums(lock) {
  const entry = /name = "(.+)"\nversion = "(.+)"\nsource = ".+"\nchecksum = "([0-9a-f]{64})"/g;
  return new Map(
    [...lock.matchAll(entry)].map(([, name, version, hash]) => [`${name}@${version}`, `${hash}`]),
  );
}
