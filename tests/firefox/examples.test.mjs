import assert from "node:assert/strict";
import { after, test } from "node:test";
import { isAnswered, looksOf } from "../browser/support/element.mjs";
import { UNMISTAKABLE } from "../browser/support/texts.mjs";
import { packExamples } from "../examples/sites.mjs";
import { insert, startFirefox, withSite } from "./support.mjs";

/** @import { Page } from "puppeteer-core" */

const examples = await packExamples();
const { on, close } = await startFirefox();
after(async () => {
  await close();
  await examples.remove();
});

/**
 * @param {Parameters<typeof examples.build>[0]} name
 * @param {(page: Page) => Promise<void>} use
 */
async function built(name, use) {
  await withSite(await examples.build(name), ({ url }) => on(url, use));
}

/** @param {Page} page */
async function chosen(page) {
  await page.waitForFunction(isAnswered);
  return (await page.evaluate(looksOf)).chosen;
}

test("plain: one line in a page, and a form", async () => {
  await built("plain", async (page) => {
    await page.locator("plot-lens >>> .sheet").click();
    await insert(page, UNMISTAKABLE.Western);
    assert.ok((await chosen(page)).includes("Western"));
    await page.type("input[name=title]", "High Plains");
    await Promise.all([page.waitForNavigation(), page.click("form > p > button")]);
    const sent = new URL(page.url()).searchParams;
    assert.equal(sent.get("title"), "High Plains");
    assert.ok(sent.getAll("genre").includes("Western"));
  });
});

test("react: its events reach a component", async () => {
  await built("react", async (page) => {
    await page.locator("main > p > button").click();
    await page.locator("plot-lens >>> .sheet").click();
    assert.ok((await chosen(page)).includes("Western"));
    await page.waitForFunction(() =>
      [...document.querySelectorAll("ul li")].some((shelf) => shelf.textContent === "Western"),
    );
  });
});

test("eleventy: each film's page has its plot painted", async () => {
  await built("eleventy", async (page) => {
    const follow = (/** @type {string} */ link) =>
      Promise.all([page.waitForNavigation(), page.locator(`::-p-text(${link})`).click()]);
    await follow("The Lamp at Skerry Point");
    assert.ok((await chosen(page)).includes("Horror"));
    const editable = await page.$eval("plot-lens >>> .sheet", (sheet) =>
      sheet.getAttribute("contenteditable"),
    );
    assert.equal(editable, "false");
    await follow("All films");
    await follow("Two Left Feet");
    assert.ok((await chosen(page)).includes("Comedy"));
  });
});
