import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { SITE_CSP } from "../browser/support/server.mjs";
import { setUpStage } from "../browser/support/stage.mjs";
import { UNMISTAKABLE } from "../browser/support/texts.mjs";

/** @import { Page } from "playwright-core" */

/** Each example is built from the packed package, as a stranger would, and opened under our policy. */
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const folder = await mkdtemp(path.join(os.tmpdir(), "plotlens-examples-"));
after(() => rm(folder, { recursive: true, force: true }));
const quiet = ["--no-audit", "--no-fund", "--silent"];
const packed = run(folder, "npm", "pack", path.join(ROOT, "pkg"), "--silent").trim();

/**
 * @param {string} cwd
 * @param {string} command
 * @param {...string} args
 */
function run(cwd, command, ...args) {
  return execFileSync(command, args, { cwd, encoding: "utf8" });
}

/**
 * @param {string} name
 * @param {(page: Page, url: string) => Promise<void>} use
 */
async function built(name, use) {
  const site = path.join(folder, name);
  const own = (/** @type {string} */ file) => !/node_modules|_site/.test(file);
  await cp(path.join(ROOT, "examples", name), site, { recursive: true, filter: own });
  run(site, "npm", "install", ...quiet, path.join(folder, packed));
  run(site, "npm", "run", "build", "--silent");
  const headers = { "content-security-policy": SITE_CSP };
  const stage = await setUpStage({ root: path.join(site, "_site"), headers });
  const { page, problems, close } = await stage.open();
  await use(page, stage.url);
  assert.deepEqual(problems, []);
  await close();
  await stage.close();
}

/** @param {Page} page */
async function chosen(page) {
  await page.waitForFunction(
    () => /** @type {any} */ (document.querySelector("plot-lens"))?.answer?.model === "blend",
  );
  return page.evaluate(() => /** @type {any} */ (document.querySelector("plot-lens")).chosen);
}

test("plain: one line in a page, and a form", async () => {
  await built("plain", async (page) => {
    await page.locator("plot-lens .sheet").click();
    await page.keyboard.insertText(UNMISTAKABLE.Western);
    const genres = await chosen(page);
    assert.ok(genres.includes("Western"));
    await page.getByLabel("Title").fill("High Plains");
    await page.getByRole("button", { name: "Suggest" }).click();
    await page.waitForURL(/genre=Western/);
  });
});

test("react: its events reach a component", async () => {
  await built("react", async (page) => {
    await page.getByRole("button", { name: "An example" }).click();
    await page.locator("plot-lens .sheet").click();
    assert.ok((await chosen(page)).includes("Western"));
    await page.getByRole("list", { name: "Shelves" }).getByText("Western").waitFor();
  });
});

test("eleventy: each film's page has its plot painted", async () => {
  await built("eleventy", async (page) => {
    await page.getByRole("link", { name: "The Lamp at Skerry Point" }).click();
    assert.ok((await chosen(page)).includes("Horror"));
    const editable = page.locator("plot-lens .sheet");
    assert.equal(await editable.getAttribute("contenteditable"), "false");
    await page.getByRole("link", { name: "All films" }).click();
    await page.getByRole("link", { name: "Two Left Feet" }).click();
    assert.ok((await chosen(page)).includes("Comedy"));
  });
});
