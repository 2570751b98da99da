import assert from "node:assert/strict";
import { after, test } from "node:test";
import { answered, painted, read, seen, setUpStage } from "./support/stage.mjs";
import { PLAIN } from "./support/texts.mjs";

/** @import { Page } from "playwright-core" */

const stage = await setUpStage();
after(() => stage.close());

test("everything is done with the keyboard alone", async () => {
  const { page, close } = await stage.open();
  await tabTo(page, "#text");
  await page.keyboard.type("A widow and her son find a door in the cellar. Something whispers.");
  await answered(page);

  await tabTo(page, ".genre");
  const { rows } = await seen(page);
  assert.equal(rows.filter(({ selected }) => selected).length, 1);
  assert.equal(rows[0]?.selected, true);
  const first = await painted(page);
  await page.keyboard.press("ArrowDown");
  let now = await seen(page);
  assert.equal(now.rows[1]?.selected, true);
  assert.equal(now.title, `Why ${now.rows[1]?.name}?`);
  assert.notDeepEqual(await painted(page), first);
  assert.equal(await focusedGenre(page), now.rows[1]?.name);
  await page.keyboard.press("End");
  now = await seen(page);
  assert.equal(now.rows[20]?.selected, true);
  await page.keyboard.press("ArrowDown");
  assert.equal((await seen(page)).rows[20]?.selected, true);
  await page.keyboard.press("Home");
  assert.deepEqual(await painted(page), first);
  await page.keyboard.press("w");
  assert.match(String(await focusedGenre(page)), /^W/);

  await tabTo(page, "input[name=explained]");
  await page.keyboard.press("ArrowRight");
  assert.match((await seen(page)).whyNote, /^DistilBERT’s own reasons/);
  await page.keyboard.press("ArrowRight");
  assert.match((await seen(page)).whyNote, /^The keyword model’s own reasons/);

  await tabTo(page, "#copy-result", "Shift+Tab");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector("#announcer")?.textContent !== "");
  assert.equal((await seen(page)).said, "Result copied as JSON.");
  const result = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
  assert.equal(result.genres.length, 21);
  assert.equal(result.model, "blend");
  assert.match(result.text, /^A widow/);
  await close();
});

test("only one genre is in the tab order, and the focus follows it to its new row", async () => {
  const { page, close } = await stage.open();
  await read(page, PLAIN);
  await page.locator(".genre").nth(5).click();
  assert.equal(await page.locator(".genre[tabindex='0']").count(), 1);
  const name = await focusedGenre(page);
  // The text changes while the focus stays in the list, as when DistilBERT answers late.
  await page.locator("#text").evaluate((host) => {
    host.replaceChildren(
      "A sheriff and his outlaws ride for the ranch.",
      document.createElement("br"),
    );
    host.dispatchEvent(new InputEvent("input"));
  });
  await answered(page);
  const { rows } = await seen(page);
  const focused = await focusedGenre(page);
  assert.equal(focused, rows.find(({ selected }) => selected)?.name);
  assert.ok(name !== null && focused !== null);
  await close();
});

test("a screen reader hears the chosen genres after an answer, and each row tells all", async () => {
  const { page, close } = await stage.open();
  await read(page, PLAIN);
  await page.waitForFunction(() => document.querySelector("#announcer")?.textContent !== "");
  const { said, rows } = await seen(page);
  for (const row of rows) {
    assert.equal(said.includes(row.name) && row.chosen, row.chosen, `${row.name}: ${said}`);
    assert.match(row.label, /, (under |over )?\d+ percent(, chosen)?, threshold .*keyword model /);
  }
  const region = page.locator("#announcer");
  assert.equal(await region.getAttribute("aria-live"), "polite");
  assert.equal(await page.locator("#genres").getAttribute("role"), "listbox");
  assert.equal(await page.getByRole("textbox", { name: "The plot" }).count(), 1);
  assert.equal(
    await page
      .getByRole("listbox", { name: /^Genres/ })
      .getByRole("option")
      .count(),
    21,
  );
  await close();
});

test("the focus can always be seen", async () => {
  const { page, close } = await stage.open();
  await read(page, PLAIN);
  const stops = ["#theme", "#clear", ".examples button", ".genre", "summary"];
  for (const stop of stops) {
    await page.keyboard.press("Tab");
    await tabTo(page, stop);
    const width = await page.evaluate(() => {
      const style = getComputedStyle(/** @type {Element} */ (document.activeElement));
      return style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth);
    });
    assert.ok(width >= 2, stop);
  }
  await close();
});

test("the theme goes round, is remembered, and survives storage that is refused", async () => {
  const { page, close } = await stage.open({ colorScheme: "dark" });
  const theme = () => page.evaluate(() => document.documentElement.dataset["theme"]);
  assert.equal(await theme(), "dark");
  const button = page.locator("#theme");
  const label = page.locator(".theme-label");
  await button.click();
  assert.equal(await theme(), "light");
  await page.reload();
  assert.equal(await theme(), "light");
  assert.equal(await label.textContent(), "Theme: light");
  await button.click();
  await button.click();
  assert.equal(await label.textContent(), "Theme: auto");
  await page.emulateMedia({ colorScheme: "light" });
  await page.waitForFunction(() => document.documentElement.dataset["theme"] === "light");
  await close();

  const refused = await stage.open({
    before: (fresh) =>
      fresh.addInitScript(() => {
        Object.defineProperty(window, "localStorage", {
          get() {
            throw new DOMException("refused", "SecurityError");
          },
        });
      }),
  });
  await refused.page.locator("#theme").click();
  await refused.page.locator("#theme").click();
  assert.equal(
    await refused.page.evaluate(() => document.documentElement.dataset["theme"]),
    "dark",
  );
  assert.deepEqual(refused.problems, []);
  await refused.close();
});

/**
 * @param {Page} page
 * @param {string} selector
 * @param {string} key
 */
async function tabTo(page, selector, key = "Tab") {
  for (let stops = 0; stops < 60; stops += 1) {
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
    await page.keyboard.press(key);
  }
  assert.fail(`${selector} was never reached with ${key}`);
}

/** @param {Page} page */
async function focusedGenre(page) {
  return page.evaluate(() => document.activeElement?.querySelector(".name")?.textContent ?? null);
}
