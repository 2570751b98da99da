// node tests/chaos/soak.mjs [CLASSIFICATIONS] [CYCLES]: many answers of one PlotLens, then many
// PlotLenses one after the other; tells the memory of the browser's processes, and ends with an
// error where it grows.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { setUpStage } from "../browser/support/stage.mjs";
import { PLAIN } from "../browser/support/texts.mjs";
import { growth, pageMemory } from "./memory.mjs";

const [classifications = 10_000, cycles = 200] = process.argv.slice(2).map(Number);
/** Times at which memory is measured. */
const MEASURED = 20;
/** What a browser's processes may gain that is not ours, in bytes. */
const SLACK = 60e6;

const stage = await setUpStage({ args: ["--js-flags=--expose-gc"] });
const { page, problems } = await stage.open({ path: "fonts/LICENSE-Literata.txt" });
await page.evaluate(
  async ([text]) => {
    await import(new URL("../engine/trusted-types.js", location.href).href);
    const { PlotLens } = await import(new URL("../plotlens.js", location.href).href);
    Object.assign(globalThis, { PlotLens, lens: await PlotLens.load(), text });
  },
  [PLAIN],
);

await measure("answers", classifications, (from, to) =>
  page.evaluate(
    `(async () => { for (let i = ${from}; i < ${to}; i += 1) await lens.classify(text + " " + i); })()`,
  ),
);
await page.evaluate("lens.close()");
await measure("PlotLenses opened and closed", cycles, (from, to) =>
  page.evaluate(
    `(async () => {
      for (let i = ${from}; i < ${to}; i += 1) {
        const lens = await PlotLens.load();
        await lens.classify(text);
        lens.close();
      }
    })()`,
  ),
);
assert.deepEqual(problems, []);
await stage.close();

/**
 * @param {string} what
 * @param {number} count
 * @param {(from: number, to: number) => Promise<unknown>} run
 */
async function measure(what, count, run) {
  /** @type {number[]} */
  const resident = [];
  /** @type {number[]} */
  const heaps = [];
  for (let i = 0; i < MEASURED; i += 1) {
    await run(Math.floor((i * count) / MEASURED), Math.floor(((i + 1) * count) / MEASURED));
    heaps.push((await pageMemory(page)).heap);
    resident.push(residentBytes());
  }
  const heap = growth(heaps);
  const processes = growth(resident);
  const mb = (/** @type {number} */ bytes) => (bytes / 1e6).toFixed(1);
  console.log(
    `${count} ${what}: page's heap ${mb(heap.early)} → ${mb(heap.late)} MB, ` +
      `processes ${mb(processes.early)} → ${mb(processes.late)} MB`,
  );
  assert.ok(heap.late < heap.early + 4e6, `the page's heap grew: ${heaps.map(mb)}`);
  assert.ok(processes.late < processes.early + SLACK, `memory grew: ${resident.map(mb)}`);
}

/** What the renderers among our own descendants hold in memory that they share with nobody. */
function residentBytes() {
  /** @type {Map<number, number>} */
  const parents = new Map();
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const stat = read(`/proc/${pid}/stat`);
    parents.set(pid, Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
  }
  const ours = (/** @type {number | undefined} */ pid) => {
    for (; pid !== undefined && pid > 1; pid = parents.get(pid))
      if (pid === process.pid) return true;
    return false;
  };
  let sum = 0;
  for (const pid of parents.keys()) {
    if (!ours(pid) || !read(`/proc/${pid}/cmdline`).includes("--type=renderer")) continue;
    sum += Number(/^RssAnon:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;
  }
  return sum;
}

/** @param {string} path of a process that may have ended */
function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
