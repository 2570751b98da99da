import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { setUpStage } from "./support/stage.mjs";
import { PLAIN, UNMISTAKABLE } from "./support/texts.mjs";

/** @import { Page } from "playwright-core" */

const stage = await setUpStage();
after(() => stage.close());

/**
 * @param {Page} page
 * @param {string} name
 * @param {string} content
 */
async function drop(page, name, content) {
  const file = { name, mimeType: "", buffer: Buffer.from(content) };
  await page.locator("#evaluate-file").setInputFiles(file);
}

/** @param {Page} page */
async function saved(page) {
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save JSON" }).click();
  return readFileSync(await (await download).path(), "utf8");
}

/**
 * Everything that the report says, its intervals included.
 *
 * @param {Page} page
 */
async function said(page) {
  const found = await page.waitForFunction(() => {
    const ranges = [...document.querySelectorAll(".metrics .range")];
    const isWhole = ranges.some((range) => range.textContent?.includes("–"));
    // Read in the same moment: a change takes the intervals away until they are drawn anew.
    if (!isWhole || document.querySelector("#report-numbers figure") === null) return null;
    return [...document.querySelectorAll(".report section")].map((part) => part.textContent);
  });
  return found.jsonValue();
}

const ROWS = [
  "plot,genre,name,year",
  `"${UNMISTAKABLE.Horror}","Horror, Talk-Show",=A,1970`,
  `"${UNMISTAKABLE.War}",War,<img src=x onerror=alert(1)>,1980`,
  `"${UNMISTAKABLE.Western}","Western, Drama",C,1990.5`,
  `"${PLAIN}",Comedy,D,`,
  "short,row",
].join("\r\n");

/** A report with a genre left out and thresholds moved, as it is shown and as it is saved. */
async function makeReport() {
  const { page, problems, close } = await stage.open({ path: "#evaluate" });
  await drop(page, "films.csv", ROWS);
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await page.locator("#report-numbers figure").first().waitFor();
  await page.getByRole("radio", { name: "Keyword model" }).check();
  await page.locator("#without").selectOption({ label: "Drama" });
  await page.getByText("Thresholds").click();
  await page.getByRole("slider", { name: "War" }).fill("0.42");
  await page.getByText("Measured without Drama").waitFor();
  await page
    .locator(".report td")
    .filter({ hasText: /^0\.42$/ })
    .first()
    .waitFor();
  const shown = await said(page);
  const file = await saved(page);
  assert.deepEqual(problems, []);
  await close();
  return { shown, file };
}

const report = await makeReport();

/**
 * Opens a saved report on a page without models.
 *
 * @param {string} file
 * @param {string} [name]
 */
async function open(file, name = "films.csv.report.json") {
  const opened = await stage.open({ path: "#evaluate" });
  await opened.page.route("**/model/*.{bin,onnx}", (route) => route.abort());
  await drop(opened.page, name, file);
  return opened;
}

test("a saved report opens again with the same numbers, and no model is asked", async () => {
  const { page, problems, close } = await open(report.file);
  assert.deepEqual(await said(page), report.shown);
  assert.equal(await page.getByRole("radio", { name: "Keyword model" }).isChecked(), true);
  assert.equal(
    await page.locator(".slider", { hasText: "War" }).locator("input").inputValue(),
    "0.42",
  );
  assert.equal(await page.locator("#foreign-note").count(), 0);
  assert.match((await page.locator(".progress-line").textContent()) ?? "", /^4 rows scored/);
  assert.match((await page.locator("#skipped").textContent()) ?? "", /Line 6: .* 2 cells/);
  assert.equal(await saved(page), report.file);
  assert.deepEqual(problems, []);
  await page.reload();
  await page.getByRole("button", { name: "Show its report" }).click();
  assert.deepEqual(await said(page), report.shown);
  await close();
});

test("a saved report of other models says so, and is not mixed with theirs", async () => {
  const other = report.file.replace(/"models":"[0-9a-f]{64}"/, `"models":"${"0".repeat(64)}"`);
  assert.notEqual(other, report.file);
  const { page, problems, close } = await open(other);
  assert.deepEqual(await said(page), report.shown);
  await page.locator("#foreign-note").waitFor();
  assert.equal(await saved(page), other);
  assert.deepEqual(problems, []);
  await close();
});

test("what cannot be opened again is told in one sentence with a code", async () => {
  const line = report.file.indexOf('"kind":"row"');
  for (const [file, code, sentence] of /** @type {const} */ ([
    [report.file.slice(0, line), "report-damaged", /damaged/],
    [report.file.replace('"scores":[[', '"scores":[[7,'), "report-damaged", /damaged: its line \d/],
    [report.file.replace('"without":6', '"without":600'), "report-damaged", /settings/],
    [report.file.replace('"version":1', '"version":9'), "report-version", /another version/],
    [
      report.file.replace('"genres":["Action"', '"genres":["Noir"'),
      "report-models",
      /other genres/,
    ],
    ['{\n "n": 5\n}', "file-invalid", /is it whole/],
  ])) {
    assert.notEqual(file, report.file, code);
    const { page, problems, close } = await open(file);
    const alarm = page.locator(`.evaluate [role="alert"][data-code="${code}"]`);
    assert.match((await alarm.textContent()) ?? "", sentence);
    assert.equal(await page.locator(".report").isVisible(), false);
    assert.equal(await page.locator(".run").isVisible(), false);
    assert.deepEqual(problems, []);
    await close();
  }
});

test("rows that were not scored when it was saved wait for a press", async () => {
  const file = report.file.replace(/"scores":\[\[.*?\]\]/, '"scores":null');
  assert.notEqual(file, report.file);
  const opened = await stage.open({ path: "#evaluate" });
  await drop(opened.page, "part.json", file);
  await opened.page.getByText("Paused at 3 of 4 rows").first().waitFor();
  await opened.page.locator(".run").getByRole("button", { name: "Go on" }).click();
  await opened.page
    .getByText(/^4 rows scored/)
    .first()
    .waitFor();
  assert.deepEqual(await said(opened.page), report.shown);
  assert.deepEqual(opened.problems, []);
  await opened.close();
});

test("rows that other models have begun are scored anew after the tab was closed", async () => {
  const { page, problems, close } = await stage.open({ path: "#evaluate" });
  await drop(page, "films.csv", ROWS);
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await page
    .getByText(/^4 rows scored/)
    .first()
    .waitFor();
  const before = await said(page);
  // As if these scores were other models’: every one is wrong.
  await page.evaluate(async () => {
    const database = await new Promise((resolve) => {
      const request = indexedDB.open("plotlens-evaluate");
      request.onsuccess = () => resolve(request.result);
    });
    const transaction = database.transaction(["file", "scores"], "readwrite");
    transaction.objectStore("file").openCursor().onsuccess = (/** @type {any} */ { target }) => {
      target.result.update({ ...target.result.value, models: "0".repeat(64) });
    };
    transaction.objectStore("scores").openCursor().onsuccess = (/** @type {any} */ { target }) => {
      if (target.result === null) return;
      target.result.value.scores.fill(1);
      target.result.update(target.result.value);
      target.result.continue();
    };
    await new Promise((resolve) => (transaction.oncomplete = resolve));
  });
  await page.reload();
  const offer = page.locator(".offer");
  assert.match((await offer.textContent()) ?? "", /the models have changed since.*scored anew/);
  await offer.getByRole("button", { name: "Score it anew" }).click();
  await page
    .getByText(/^4 rows scored/)
    .first()
    .waitFor();
  assert.deepEqual(await said(page), before);
  await page.reload();
  await page.getByRole("button", { name: "Show its report" }).waitFor();
  assert.deepEqual(problems, []);
  await close();
});

test("models that change while a file is scored are not mixed", async () => {
  const { page, close } = await stage.open({ path: "#evaluate" });
  await drop(page, "films.csv", ROWS);
  await page.getByRole("button", { name: "Start", exact: true }).waitFor();
  await page.route("**/model/manifest.json", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${await response.text()}\n` });
  });
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await page.locator('.evaluate [role="alert"][data-code="model-version"]').waitFor();
  await page.getByText("Paused at 0 of 4 rows").first().waitFor();
  await close();
});
