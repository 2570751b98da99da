import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { after, test } from "node:test";
import { chromium } from "playwright-core";
import { answered, bothModelsReady, findChrome, painted, seen } from "./support/stage.mjs";
import { UNMISTAKABLE } from "./support/texts.mjs";

const file = fileURLToPath(new URL("../../pkg/plotlens.html", import.meta.url));
assert.ok(existsSync(file), "Make it first: ./build.sh dist --single-file");
const browser = await chromium.launch({ executablePath: findChrome(), args: ["--no-sandbox"] });
after(() => browser.close());

test("one file, opened from the disk without a network, reads, paints and evaluates", async () => {
  const context = await browser.newContext({ offline: true });
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  /** @type {string[]} */
  const problems = [];
  page.on("pageerror", (error) => problems.push(String(error.stack)));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  page.on("request", (request) => {
    if (!/^(file|blob|data):/.test(request.url())) problems.push(request.url());
  });
  await page.goto(pathToFileURL(file).href);
  await bothModelsReady(page);
  for (const [genre, text] of Object.entries(UNMISTAKABLE)) {
    // The clipboard is not given to files.
    await page.locator("#text").click();
    await page.keyboard.press("Control+a");
    await page.keyboard.insertText(text);
    await answered(page);
    const { rows } = await seen(page);
    assert.equal(rows[0]?.name, genre);
    assert.ok((await painted(page)).length > 0);
  }
  await page.getByRole("link", { name: "Evaluate" }).click();
  await page.getByRole("button", { name: /example/i }).click();
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await page.locator("#report-metrics table").waitFor();
  assert.deepEqual(problems, []);
  await context.close();
});
