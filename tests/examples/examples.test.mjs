import assert from "node:assert/strict";
import { after, test } from "node:test";
import { isAnswered, looksOf } from "../browser/support/element.mjs";
import { setUpStage } from "../browser/support/stage.mjs";
import { UNMISTAKABLE } from "../browser/support/texts.mjs";
import { packExamples } from "./sites.mjs";

/** @import { Page } from "playwright-core" */

const examples = await packExamples();
after(() => examples.remove());

/**
 * @param {Parameters<typeof examples.build>[0]} name
 * @param {(page: Page, url: string) => Promise<void>} use
 */
async function built(name, use) {
  const stage = await setUpStage(await examples.build(name));
  const { page, problems, close } = await stage.open();
  await use(page, stage.url);
  assert.deepEqual(problems, []);
  await close();
  await stage.close();
}

/** @param {Page} page */
async function chosen(page) {
  await page.waitForFunction(isAnswered, "plot-lens");
  return (await page.evaluate(looksOf, "plot-lens")).chosen;
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
