import { execFileSync } from "node:child_process";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundle } from "./bundle.mjs";
import { compressed } from "./compress.mjs";
import { readFolder } from "./files.mjs";
import { manifest } from "./npm.mjs";
import { shippedCrates } from "./supply/crates.mjs";
import { notices } from "./supply/notices.mjs";
import { PARTS } from "./supply/parts.mjs";
import { sbom } from "./supply/sbom.mjs";

const USAGE = `usage: ./build.sh dist [--second-engine] [--single-file]

  --second-engine   take tract along, which is as large as everything else
  --single-file     make pkg/plotlens.html too: all in one file that needs no server`;

/** Some static hosts refuse larger files. */
const MOST_BYTES = 20_000_000;

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const PKG = path.join(ROOT, "pkg");

const { values: options } = parseArgs({
  options: {
    "second-engine": { type: "boolean", default: false },
    "single-file": { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (options.help) {
  console.log(USAGE);
  process.exit();
}

const cargo = await readFile(path.join(ROOT, "Cargo.toml"), "utf8");
const version = /^version = "(.*)"$/m.exec(cargo)?.[1] ?? "";
const wanted = (/** @type {string} */ name) =>
  !name.endsWith(".gitignore") && (options["second-engine"] || !name.startsWith("wasm/tract/"));
const www = await readFolder(path.join(ROOT, "www"), wanted);
const files = bundle(www);
for (const [name, { length }] of files) {
  if (length > MOST_BYTES) throw new Error(`${name} has ${length} bytes; hosts refuse it.`);
}

await rm(PKG, { recursive: true, force: true });
for (const [name, bytes] of files) {
  await write(`plotlens/${name}`, bytes);
  for (const [ending, form] of await compressed(name, bytes)) {
    await write(`plotlens/${name}${ending}`, form);
  }
}
const tsc = path.join(ROOT, "node_modules/typescript/bin/tsc");
execFileSync(process.execPath, [tsc, "-p", path.join(ROOT, "packaging/tsconfig.json")]);
// Types alone: the compiler does not copy what is written by hand.
for (const name of ["engine/types.d.ts", "element/types.d.ts", "wasm/simd128/plotlens.d.ts"]) {
  await cp(path.join(ROOT, "www", name), path.join(PKG, "types", name));
}
await write("package.json", Buffer.from(manifest(version)));
await cp(path.join(ROOT, "packaging/README.md"), path.join(PKG, "README.md"));
for (const name of ["LICENSE-APACHE", "LICENSE-MIT", "NOTICE"]) {
  await cp(path.join(ROOT, name), path.join(PKG, name));
}
// With tract the module has what any of the builds has.
const engines = options["second-engine"] ? [] : ["--no-default-features"];
const crates = await shippedCrates([...engines, "--features", "gpu"]);
const rust = execFileSync("rustc", ["--version"], { encoding: "utf8" }).split(" ")[1] ?? "";
const apache = await readFile(path.join(ROOT, "LICENSE-APACHE"), "utf8");
await write("sbom.cdx.json", Buffer.from(sbom({ crates, rust, parts: PARTS, www })));
// Within the folder: it goes where the folder goes.
await write(
  "plotlens/THIRD-PARTY.txt",
  Buffer.from(await notices({ crates, parts: PARTS, www, apache })),
);
const total = [...files.values()].reduce((sum, { length }) => sum + length, 0);
console.log(
  `pkg/plotlens: ${files.size} files, ${(total / 1e6).toFixed(1)} MB, version ${version}`,
);
if (options["single-file"]) await import("./single.mjs");

/**
 * @param {string} name
 * @param {Buffer} bytes
 */
async function write(name, bytes) {
  const file = path.join(PKG, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, bytes);
}
