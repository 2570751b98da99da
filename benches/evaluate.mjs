import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { gunzipSync } from "node:zlib";
import { chromium } from "playwright-core";
import { serve } from "./browser/server.mjs";

const USAGE = `usage: node benches/evaluate.mjs FILE.jsonl[.gz] [--rows 5000] [--workers 2]

Evaluates the first rows of a file in the page in the Chromium that the variable
CHROME names. Tells rows a second and the memory of the page with its workers as
rows are done, then the page's longest task while it scored, and while it drew
the report.`;

/** How often it is measured, in rows. */
const EVERY = 500;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rows: { type: "string", default: "5000" },
    workers: { type: "string", default: "2" },
    help: { type: "boolean", default: false },
  },
});
const [file] = positionals;
if (values.help || file === undefined) {
  console.log(USAGE);
  process.exit(values.help ? 0 : 2);
}
if (process.env["CHROME"] === undefined) throw new Error("Name a Chromium in the variable CHROME.");
const rows = Number(values.rows);
const workers = Number(values.workers);

const bytes = await readFile(file);
const lines = (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8").split("\n");
// A file on the disk: what the driver itself would bring into the page takes it long.
const folder = await mkdtemp(path.join(tmpdir(), "plotlens-"));
const labelled = path.join(folder, "rows.jsonl");
await writeFile(labelled, lines.slice(0, rows).join("\n"));

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "../www");
const site = await serve({ "": root });
const browser = await chromium.launch({
  executablePath: process.env["CHROME"],
  args: ["--no-sandbox"],
});
const page = await (await browser.newContext()).newPage();
page.setDefaultTimeout(0);
// The page leaves one processor to itself; here it gets as many workers as are asked for.
await page.route("**/evaluate/desk.js", async (route) => {
  const response = await route.fetch();
  const processors = `Object.defineProperty(navigator, "hardwareConcurrency", { value: ${workers + 1} });\n`;
  await route.fulfill({ response, body: (await response.text()) + processors });
});
await page.addInitScript(() => {
  /** @type {number[]} */
  const tasks = [];
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) tasks.push(duration);
  }).observe({ type: "longtask", buffered: true });
  Object.assign(globalThis, { longTasks: () => tasks.splice(0) });
});
/** @returns {Promise<number[]>} tasks of at least 50 ms since the last call, in milliseconds */
const longTasks = () => page.evaluate(() => /** @type {any} */ (globalThis).longTasks());
/** @returns {Promise<number>} what the page and its workers hold in memory, in bytes (Linux only) */
async function memory() {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  const resident = processInfo
    .filter(({ type }) => type === "renderer")
    .map(async ({ id }) => {
      const status = await readFile(`/proc/${id}/status`, "utf8");
      return Number(/VmRSS:\s*(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
    });
  return (await Promise.all(resident)).reduce((sum, bytes) => sum + bytes, 0);
}
const line = () => page.locator(".progress-line").textContent();

try {
  await page.goto(`${site.url}index.html#evaluate`);
  await page.locator("#load-line[data-done]").waitFor({ state: "attached" });
  await page.locator("#evaluate-file").setInputFiles(labelled);
  await page.getByRole("button", { name: "Start", exact: true }).click();
  console.log(`${rows} rows, ${workers} workers; before: long tasks ${await longTasks()} ms`);
  const began = performance.now();
  for (let next = EVERY; next <= rows; next += EVERY) {
    await page.waitForFunction(
      (share) =>
        /** @type {HTMLProgressElement} */ (document.querySelector(".run progress")).value >= share,
      next / rows - 1e-9,
      { polling: 250 },
    );
    const seconds = (performance.now() - began) / 1000;
    const megabytes = ((await memory()) / 1e6).toFixed(0);
    console.log(`${seconds.toFixed(0)} s, ${megabytes} MB: ${await line()}`);
  }
  console.log(`while scoring: long tasks ${await longTasks()} ms`);
  // Attached, not visible: the driver would lay the page out to see.
  await page.locator("#report-numbers table").first().waitFor({ state: "attached" });
  await page.waitForTimeout(5000);
  console.log(`while drawing the report: long tasks ${await longTasks()} ms`);
} finally {
  await browser.close();
  await site.close();
  await rm(folder, { recursive: true });
}
