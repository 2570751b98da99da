import { execFileSync } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { SITE_CSP } from "../browser/support/server.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const QUIET = ["--no-audit", "--no-fund", "--silent"];

/** The example sites, each built from the packed package, as a stranger would. */
export async function packExamples() {
  const folder = await mkdtemp(path.join(os.tmpdir(), "plotlens-examples-"));
  const packed = run(folder, "npm", "pack", path.join(ROOT, "pkg"), "--silent").trim();

  /**
   * @param {"plain" | "react" | "eleventy"} name
   * @returns what a server is told to serve it under our policy
   */
  async function build(name) {
    const site = path.join(folder, name);
    const own = (/** @type {string} */ file) => !/node_modules|_site/.test(file);
    await cp(path.join(ROOT, "examples", name), site, { recursive: true, filter: own });
    run(site, "npm", "install", ...QUIET, path.join(folder, packed));
    run(site, "npm", "run", "build", "--silent");
    const headers = { "content-security-policy": SITE_CSP };
    return { root: path.join(site, "_site"), headers };
  }

  return { build, remove: () => rm(folder, { recursive: true, force: true }) };
}

/**
 * @param {string} cwd
 * @param {string} command
 * @param {...string} args
 */
function run(cwd, command, ...args) {
  return execFileSync(command, args, { cwd, encoding: "utf8" });
}
