import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { readFolder, sha256 } from "../../packaging/files.mjs";
import { isAllowed } from "../../packaging/supply/spdx.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const pkg = path.join(root, "pkg");
assert.ok(existsSync(pkg), "Make it first: ./build.sh dist");
const bom = JSON.parse(await readFile(path.join(pkg, "sbom.cdx.json"), "utf8"));
const thirdParty = await readFile(path.join(pkg, "plotlens/THIRD-PARTY.txt"), "utf8");
const shipped = await readFolder(path.join(pkg, "plotlens"));
/** @type {Map<string, any>} */
const byPurl = new Map(bom.components.map((/** @type {any} */ part) => [part.purl, part]));
const modules = [...shipped].filter(([name]) => name.endsWith(".wasm"));

test("licence expressions are read as SPDX means them", () => {
  const allowed = new Set(["MIT", "ISC", "Apache-2.0"]);
  /** @type {[string, boolean][]} */
  const cases = [
    ["MIT", true],
    ["GPL-3.0-only", false],
    ["GPL-3.0-only OR MIT", true],
    ["GPL-3.0-only/MIT", true],
    ["GPL-3.0-only AND MIT", false],
    ["GPL-3.0-only AND MIT OR ISC", true],
    ["(MIT OR GPL-3.0-only) AND ISC", true],
    ["ISC AND (GPL-2.0-only OR GPL-3.0-only)", false],
    ["Apache-2.0 WITH LLVM-exception", true],
  ];
  for (const [expression, expected] of cases) {
    assert.equal(isAllowed(expression, allowed), expected, expression);
  }
  for (const bad of ["", "MIT OR", "AND", "(MIT", "MIT)", "MIT ISC", "MIT WITH"]) {
    assert.throws(() => isAllowed(bad, allowed), SyntaxError, bad);
  }
});

test("the list of parts has every crate of the module's tree, as Cargo.lock pins it", async () => {
  const args = ["tree", "--locked", "--target", "wasm32-unknown-unknown", "--no-default-features"];
  const edges = ["--features", "gpu", "--edges", "normal,no-proc-macro", "--prefix", "none"];
  const tree = execFileSync("cargo", [...args, ...edges], { cwd: root, encoding: "utf8" });
  const crates = [...tree.matchAll(/^(\S+) v(\S+)(?! \(\/)$|^(\S+) v(\S+) \(\*\)$/gm)];
  assert.ok(crates.length > 60, `${crates.length}`);
  const lock = await readFile(path.join(root, "Cargo.lock"), "utf8");
  for (const [, once, its, again, version] of crates) {
    const name = once ?? again;
    const part = byPurl.get(`pkg:cargo/${name}@${its ?? version}`);
    assert.ok(part, name);
    assert.ok(lock.includes(`checksum = "${part.hashes[0].content}"`), name);
    assert.ok(isAllowed(part.licenses[0].expression), name);
    // Some packages hold no text of their licence, and the list says so.
    const entry = `\n${name} ${part.version}`;
    const ways = ["\n", " (its package holds no licence text)\n"];
    assert.ok(
      ways.some((way) => thirdParty.includes(entry + way)),
      name,
    );
  }
});

test("the single file ends with the licences of what is in it, which nobody sees", async () => {
  const file = await readFile(path.join(pkg, "plotlens.html"), "utf8");
  assert.ok(file.endsWith(`</html>\n<!--\n${thirdParty}-->\n`));
});

test("the list of parts has every crate whose name is in a shipped module", () => {
  const place = /\/crates\/[^/]+\/([\w-]+)-(\d+\.\d+\.\d+[^/]*)\/src\//g;
  for (const [file, bytes] of modules) {
    const named = [...bytes.toString("latin1").matchAll(place)];
    assert.ok(named.length > 5, file);
    for (const [, name, version] of named) {
      assert.ok(byPurl.has(`pkg:cargo/${name}@${version}`), `${name} ${version} in ${file}`);
    }
  }
});

test("the list of parts has the files that others made, with their hashes", () => {
  const files = bom.components.flatMap((/** @type {any} */ part) => part.components ?? []);
  const names = files.map((/** @type {any} */ file) => file.name);
  assert.ok(names.includes("vendor/plot.js") && names.includes("model/distilbert.onnx"));
  for (const { name, hashes } of files) {
    const [, bytes] =
      [...shipped].find(([place]) => place.endsWith(name.replace(/^model/, ""))) ?? [];
    assert.equal(hashes[0].content, sha256(bytes ?? Buffer.from("")), name);
  }
  const foreign = [...shipped.keys()].filter((name) =>
    /\/(vendor\/.*\.js|.*\.woff2|.*\.onnx)$/.test(name),
  );
  for (const file of foreign) {
    assert.ok(
      names.some((/** @type {string} */ name) => file.endsWith(name.replace(/^model/, ""))),
      file,
    );
  }
});

test("every part is named once, and leads only to parts that are there", () => {
  const refs = bom.components.map((/** @type {any} */ part) => part["bom-ref"]);
  assert.equal(new Set(refs).size, refs.length);
  const known = new Set([...refs, bom.metadata.component["bom-ref"]]);
  for (const { ref, dependsOn } of bom.dependencies) {
    for (const part of [ref, ...dependsOn]) assert.ok(known.has(part), part);
  }
});

test("no module tells where it was built", () => {
  assert.ok(modules.length >= 3);
  for (const [file, bytes] of modules) {
    for (const folder of [root, `${homedir()}/`]) {
      assert.ok(!bytes.includes(folder), `${folder} in ${file}`);
    }
  }
});
