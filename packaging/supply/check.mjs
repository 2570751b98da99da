import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { allCrates, REGISTRY } from "./crates.mjs";
import { isAllowed } from "./spdx.mjs";

/**
 * Checks what the program is built with: where it comes from, that the lock files pin it by hash, and
 * on what terms. Asks for known holes in the npm packages where the registry tells.
 */

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const NPM = "https://registry.npmjs.org/";
/** @type {string[]} */
const problems = [];

/**
 * @param {string} name
 * @param {{ licence: string | undefined | null, source: boolean, hash: boolean }} found
 */
function judge(name, { licence, source, hash }) {
  if (!source) problems.push(`${name} comes from elsewhere than its registry.`);
  if (!hash) problems.push(`${name} is not pinned by a hash.`);
  try {
    if (!isAllowed(licence ?? "")) problems.push(`${name} is under ${licence}.`);
  } catch (error) {
    problems.push(`${name}: ${/** @type {Error} */ (error).message}`);
  }
}

const crates = await allCrates();
const others = crates.filter(({ name, source }) => source !== null || name !== "plotlens");
for (const { name, version, licence, source, sha256 } of others) {
  judge(`${name} ${version}`, { licence, source: source === REGISTRY, hash: sha256 !== null });
}

/**
 * @typedef {object} NpmPackage
 * @property {string} [resolved]
 * @property {string} [integrity]
 * @property {string} [license]
 */

let packages = 0;
for (const file of ["package-lock.json", "benches/browser/package-lock.json"]) {
  const lock = JSON.parse(await readFile(`${ROOT}${file}`, "utf8"));
  /** @type {[string, NpmPackage][]} */
  const locked = Object.entries(lock.packages);
  for (const [place, { resolved = NPM, integrity = "", license }] of locked) {
    if (place === "") continue; // the file's own
    packages += 1;
    judge(`${file}: ${place}`, {
      licence: license,
      source: resolved.startsWith(NPM),
      hash: integrity.startsWith("sha512-"),
    });
  }
}

/**
 * What the registry knows, where it can be asked.
 *
 * @returns {{ vulnerabilities: Record<string, number> } | undefined}
 */
function audit() {
  /** @type {unknown} */
  let report;
  try {
    report = execFileSync("npm", ["audit", "--package-lock-only", "--json"], {
      cwd: ROOT,
      timeout: 60_000,
      stdio: "pipe",
    });
  } catch (error) {
    // npm fails where there are holes, and where it could not ask: its report says which.
    report = /** @type {{ stdout?: unknown }} */ (error).stdout;
  }
  try {
    return JSON.parse(String(report)).metadata;
  } catch {
    return undefined;
  }
}

const known = audit();
const { high = 0, critical = 0 } = known?.vulnerabilities ?? {};
if (high + critical > 0) problems.push("npm packages have grave known holes: see npm audit.");
if (problems.length > 0) {
  console.error(problems.join("\n"));
  process.exitCode = 1;
} else {
  const asked = known === undefined ? "could not be" : "was";
  console.log(
    `${others.length} crates and ${packages} npm packages are in order; ` +
      `the npm registry ${asked} asked for known holes.`,
  );
}
