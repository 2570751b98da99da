// node tests/determinism/run.mjs FILE.jsonl.gz [--rows N] [--builds A,B]: probabilities of the same texts by
// the command line, by the browser's builds and by tract. Ends with an error where they are further apart
// than docs/security.md says.
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { text as whole } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { Chance } from "../chaos/random.mjs";
import { someText } from "../chaos/texts.mjs";

/**
 * @typedef {object} Scores
 * @property {number} line
 * @property {number[]} keywords by genre, as the others
 * @property {number[]} distilbert
 * @property {number[]} blend
 */

const { values, positionals } = parseArgs({
  options: {
    rows: { type: "string", default: "2000" },
    builds: { type: "string", default: "simd128,relaxed,scalar,tract" },
  },
  allowPositionals: true,
});
const [file] = positionals;
assert.ok(file !== undefined, "usage: run.mjs FILE.jsonl.gz [--rows N] [--builds A,B]");

/** How far apart probabilities may be from the command line's. */
const BOUNDS = /** @type {Record<string, number>} */ ({
  // The same steps in the same order.
  simd128: 0,
  scalar: 0,
  // Some products and sums are rounded once instead of twice.
  relaxed: 1e-3,
  // Another engine, which multiplies whole numbers of its own choosing.
  tract: 2e-3,
});

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PREDICTORS = /** @type {const} */ (["keywords", "distilbert", "blend"]);
const { genres, ...manifest } = JSON.parse(readFileSync(`${ROOT}www/model/manifest.json`, "utf8"));

/** What is read: the file's rows, evenly taken, and a tenth of texts made up of all of Unicode. */
function rows() {
  const bytes = readFileSync(/** @type {string} */ (file));
  const lines = (/\.gz$/.test(file ?? "") ? gunzipSync(bytes) : bytes).toString().split("\n");
  const all = lines.flatMap((line) => (line === "" ? [] : [JSON.parse(line)]));
  const wanted = Math.min(Number(values.rows), all.length);
  const chance = new Chance(1);
  return Array.from({ length: wanted }, (_, i) => {
    const { text, title } = all[Math.floor((i * all.length) / wanted)];
    const own = i % 10 === 9 ? someText(chance).slice(0, 4000) : text;
    return { text: own, title: i % 2 === 0 ? title : "", genres: [genres[0]] };
  });
}

/** @param {string} lines @returns {Map<number, Scores>} by line */
const parse = (lines) =>
  new Map(
    lines
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
      .map((scores) => [scores.line, scores]),
  );

/** Chosen genres, as the page's rule says. @param {Scores} scores @param {typeof PREDICTORS[number]} predictor */
function chosen(scores, predictor) {
  const probabilities = scores[predictor];
  const { thresholds } = manifest[predictor];
  const reached = probabilities.flatMap((p, genre) =>
    Math.fround(p) >= Math.fround(thresholds[genre]) ? [genre] : [],
  );
  return String(reached.length > 0 ? reached : probabilities.indexOf(Math.max(...probabilities)));
}

/** @param {string} build @param {string} input @returns {Promise<Map<number, Scores>>} */
async function byBuild(build, input) {
  const script = fileURLToPath(new URL("score.mjs", import.meta.url));
  // Node 20 knows relaxed SIMD only by the first flag, which later ones do not know; without the second
  // its products of bytes are wrong, and not used.
  const flag = "--experimental-wasm-relaxed-simd";
  const isKnown = () => spawnSync(process.execPath, [flag, "--eval", "0"]).status === 0;
  const flags = build === "relaxed" && isKnown() ? [flag, "--no-liftoff"] : [];
  const child = spawn(process.execPath, [...flags, script, build, input], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [lines, code] = await Promise.all([
    whole(child.stdout),
    new Promise((resolve) => child.on("close", resolve)),
  ]);
  assert.equal(code, 0, `${build} ended with ${code}`);
  return parse(lines);
}

const folder = mkdtempSync(path.join(tmpdir(), "plotlens-"));
try {
  const input = path.join(folder, "rows.jsonl");
  writeFileSync(
    input,
    rows()
      .map((row) => JSON.stringify(row))
      .join("\n"),
  );
  const output = path.join(folder, "scores.jsonl");
  const options = ["--predictor", "all", "--resamples", "0", "--scores", output];
  execFileSync(`${ROOT}target/release/plotlens`, ["evaluate", input, ...options], {
    cwd: ROOT,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const native = parse(readFileSync(output, "utf8"));
  const numbers = [...native.values()].flatMap((scores) => PREDICTORS.flatMap((by) => scores[by]));
  assert.ok(
    numbers.every((p) => p >= 0 && p <= 1),
    "something is no probability",
  );
  console.log(`${native.size} texts; the largest difference from the command line's probabilities`);
  for (const build of values.builds.split(",")) {
    const there = await byBuild(build, input);
    assert.deepEqual([...there.keys()], [...native.keys()], `${build} reads other rows`);
    let furthest = 0;
    let others = 0;
    for (const [line, here] of native) {
      const scores = /** @type {Scores} */ (there.get(line));
      for (const by of PREDICTORS) {
        if (chosen(here, by) !== chosen(scores, by)) others += 1;
        for (const [genre, p] of here[by].entries()) {
          const difference = Math.abs(Math.fround(p) - Math.fround(scores[by][genre] ?? NaN));
          // Not a number is a difference, too.
          if (!(difference <= furthest)) furthest = difference;
        }
      }
    }
    console.log(
      `${build}: ${furthest.toExponential(1)}, ${others} of ${3 * native.size} choices differ`,
    );
    assert.ok(furthest <= (BOUNDS[build] ?? 0), `${build} is further apart than it may be`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
