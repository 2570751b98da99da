import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { builds } from "./builds.mjs";
import { CONTENDERS } from "./contenders.mjs";
import { limits } from "./limits.mjs";
import { batch, large, latency, start } from "./measures.mjs";
import { pageTasks } from "./page-tasks.mjs";
import { report } from "./report.mjs";
import { serve } from "./server.mjs";
import { sizes } from "./sizes.mjs";
import { passages } from "./texts.mjs";

/** @import { Stage } from "./measures.mjs" */
/** @import { Results } from "./types.js" */

/** @type {Record<string, (stage: Stage) => Promise<Partial<Results>>>} */
const MEASURES = { sizes, start, batch, latency, large, limits, pageTasks, builds };

const USAGE = `usage: node benches/browser/run.mjs [OPTIONS]

  --rounds N     rounds of every measure of latency (30)
  --quick        few rounds: to see that everything runs
  --only A,B     only these contenders (${CONTENDERS.map(({ id }) => id).join(", ")})
                 or measures (${Object.keys(MEASURES).join(", ")})
  --texts FILE   a .jsonl or .jsonl.gz of plots on which all builds of PlotLens
                 are compared; without it they are not
  --out FILE     where the tables go, besides the screen; benches/RESULTS.md
                 after a whole run, nowhere after --quick or --only
  --date TEXT    the date to write into them
  --wasm DIR     the builds of PlotLens (www/wasm)`;

const HERE = path.dirname(fileURLToPath(import.meta.url));
const ROOT = path.join(HERE, "../..");
const OUT = path.join(ROOT, "target/bench");

const say = (/** @type {string} */ what) => console.error(what);

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string" },
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    out: { type: "string" },
    texts: { type: "string" },
    date: { type: "string" },
    wasm: { type: "string", default: path.join(ROOT, "www/wasm") },
    help: { type: "boolean", default: false },
  },
});
if (options.help) {
  console.log(USAGE);
  process.exit();
}
if (process.env["CHROME"] === undefined) throw new Error("Name a Chromium in the variable CHROME.");
if (!existsSync(path.join(OUT, "model/manifest.json"))) {
  throw new Error("The models are not there: run benches/models.py first.");
}
const only = options.only?.split(",") ?? [];
const names = [...CONTENDERS.map(({ id }) => id), ...Object.keys(MEASURES)];
const unknown = only.find((name) => !names.includes(name));
if (unknown !== undefined) throw new Error(`--only does not know ${unknown}.\n\n${USAGE}`);
const rounds = Number(options.rounds ?? (options.quick ? 2 : 30));

const site = await serve({
  "wasm/": options.wasm,
  "model/": path.join(OUT, "model"),
  "kernels/": path.join(OUT, "kernels"),
  "site/": path.join(ROOT, "www"),
  "": HERE,
});
const browser = await chromium.launch({
  executablePath: process.env["CHROME"],
  args: ["--no-sandbox"],
});

try {
  const built = CONTENDERS.filter(({ id, wasm }) => {
    const there = existsSync(site.file(wasm));
    if (!there) say(`${id} is left out: ${wasm} is not there.`);
    return there;
  });
  const contenders = chosen(built, ({ id }) => id);
  const stage = {
    browser,
    site,
    contenders,
    rounds,
    warmUp: options.quick ? 1 : 5,
    starts: options.quick ? 1 : 5,
    texts: options.texts,
    passage: await passages(site.file("model/tokenizer.json")),
    say,
  };
  /** @type {Results} */
  const results = {
    machine: {
      cpu: os.cpus()[0]?.model ?? "unknown",
      cores: os.cpus().length,
      chromium: browser.version(),
      rounds,
      date: options.date ?? null,
      packages: JSON.parse(await readFile(path.join(HERE, "package.json"), "utf8")).dependencies,
    },
    contenders: contenders.map(({ id, label }) => ({ id, label })),
  };
  for (const name of chosen(Object.keys(MEASURES), (name) => name)) {
    say(name);
    Object.assign(results, await MEASURES[name]?.(stage));
    await writeFile(path.join(OUT, "results.json"), JSON.stringify(results));
  }

  const text = report(results);
  console.log(text);
  const whole = !options.quick && options.only === undefined;
  const out = options.out ?? (whole ? path.join(HERE, "../RESULTS.md") : undefined);
  if (out !== undefined) await writeFile(out, text);
} finally {
  await browser.close();
  await site.close();
}

/**
 * Those that --only names; all where it names none of them.
 *
 * @template T
 * @param {T[]} items
 * @param {(item: T) => string} name
 */
function chosen(items, name) {
  const found = items.filter((item) => only.includes(name(item)));
  return found.length > 0 ? found : items;
}
