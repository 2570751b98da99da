import assert from "node:assert/strict";
import { after, test } from "node:test";
import { painted, read, seen, setUpStage, surfaceText } from "./support/stage.mjs";
import { PLAIN } from "./support/texts.mjs";

/** @import { Page } from "playwright-core" */

const stage = await setUpStage();
after(() => stage.close());

/**
 * The table of first and new probabilities, by genre, as percent of both, DistilBERT and keywords.
 *
 * @param {Page} page
 */
async function table(page) {
  await page.waitForFunction(() => {
    const note = document.querySelector("#left-out-note")?.textContent ?? "";
    return note !== "" && !note.startsWith("Reading");
  });
  const rows = await page.locator("#left-out-table tbody tr").allInnerTexts();
  return rows.map((row) => row.split("\t"));
}

/** @param {Page} page */
const struck = async (page) =>
  (await painted(page)).filter(({ name }) => name === "struck").map(({ text }) => text);

test("a word is left out from the keyboard, and both models answer what the text without it gets", async () => {
  const { page, problems, close } = await stage.open();
  await read(page, PLAIN);
  const first = (await seen(page)).rows;
  const button = page.getByRole("button", {
    name: /^cellar, 2 times: .* towards Horror; leave it out$/,
  });
  await button.focus();
  await page.keyboard.press("Enter");
  const rows = await table(page);
  assert.deepEqual(await struck(page), ["cellar", "cellar"]);
  assert.equal(await button.getAttribute("aria-pressed"), "true");
  assert.equal(await surfaceText(page), PLAIN);
  assert.ok(await button.evaluate((element) => element === document.activeElement));

  const { page: other, close: closeOther } = await stage.open();
  await read(other, PLAIN.replaceAll("cellar", " "));
  const then = (await seen(other)).rows;
  assert.ok(rows.length >= 5);
  for (const [genre, both, distilbert, keywords] of rows) {
    const was = first.find(({ name }) => name === genre);
    const is = then.find(({ name }) => name === genre);
    assert.equal(both, `${was?.percent} → ${is?.percent}`);
    assert.ok(distilbert?.startsWith(String(was?.distilbert)), distilbert);
    assert.ok(distilbert?.includes(`→ ${is?.distilbert}`), distilbert);
    assert.ok(keywords?.includes(`→ ${is?.keywords}`), keywords);
  }
  await closeOther();

  await page.keyboard.press("Enter");
  assert.deepEqual(await struck(page), []);
  assert.equal(await page.getByRole("region", { name: "Words left out" }).count(), 0);
  assert.deepEqual(problems, []);
  await close();
});

test("words are taken back one by one or all, and an edit forgets them", async () => {
  const { page, problems, close } = await stage.open();
  await read(page, PLAIN);
  await page.locator("#text").focus();
  await page.keyboard.press("Control+Home");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.getByRole("button", { name: "Leave it out", exact: true }).click();
  await table(page);
  assert.deepEqual(await struck(page), ["widow"]);
  await page.getByRole("button", { name: /^dead: .* leave it out$/ }).click();
  await table(page);
  assert.deepEqual(await struck(page), ["widow", "dead"]);
  await page.getByRole("button", { name: "Take widow back" }).click();
  assert.deepEqual(await struck(page), ["dead"]);
  await page.getByRole("button", { name: "Take dead back" }).press("Enter");
  assert.deepEqual(await struck(page), []);
  assert.ok(await page.locator("#text").evaluate((host) => host === document.activeElement));
  await page.getByRole("button", { name: /^dead: .* leave it out$/ }).click();
  await page.getByRole("button", { name: "Take all back" }).click();
  assert.deepEqual(await struck(page), []);
  await page.getByRole("button", { name: /^dead: .* leave it out$/ }).click();
  await table(page);
  await read(page, `${PLAIN} The end.`);
  assert.deepEqual(await struck(page), []);
  assert.equal(await page.locator("#left-out").isVisible(), false);
  assert.deepEqual(problems, []);
  await close();
});

test("what is pressed while an edited text waits for its answer strikes no other words", async () => {
  const { page, problems, close } = await stage.open();
  await read(page, PLAIN);
  await page.locator("#text").focus();
  await page.keyboard.press("Control+Home");
  const word = page.getByRole("button", { name: /^dead: .* leave it out$/ });
  // In one task, before any answer can come.
  await word.evaluate((button) => {
    document.execCommand("insertText", false, "Long ago, ");
    /** @type {HTMLElement} */ (button).click();
  });
  assert.deepEqual(await struck(page), []);
  await page.locator('#answer[data-by="both"]').waitFor();
  await word.click();
  assert.deepEqual(await struck(page), ["dead"]);
  assert.deepEqual(problems, []);
  await close();
});

test("where every word is left out the page says what is missing, and nothing is lost", async () => {
  const { page, problems, close } = await stage.open();
  await read(page, "Ghosts haunt castles");
  for (const word of ["Ghosts", "haunt", "castles"]) {
    await page.getByRole("button", { name: new RegExp(`^${word}: `, "i") }).click();
  }
  await page.getByText("Type or paste the description of a plot.").waitFor();
  await page.getByRole("button", { name: "Take Ghosts back" }).click();
  await table(page);
  assert.deepEqual(await struck(page), ["haunt", "castles"]);
  assert.deepEqual(problems, []);
  await close();
});

test("a genre is compared with another, and the differences add up to that of the logits", async () => {
  const { page, problems, close } = await stage.open();
  await read(page, PLAIN);
  const sum = () =>
    page
      .locator("#ledger tfoot tr")
      .first()
      .evaluate((row) => Number(row.dataset["value"]));
  const [first, second] = (await seen(page)).rows.map(({ name }) => name);
  const one = await sum();
  await page.getByRole("option", { name: `${second},` }).click();
  const two = await sum();
  await page.getByRole("option", { name: `${first},` }).click();
  await page.getByLabel("Rather than", { exact: true }).selectOption(String(second));
  assert.equal((await seen(page)).title, `Why ${first} rather than ${second}?`);
  assert.ok(Math.abs((await sum()) - (one - two)) < 1e-4);
  const values = await page
    .locator("#ledger tbody tr")
    .evaluateAll((rows) =>
      rows.map((row) => Number(/** @type {HTMLElement} */ (row).dataset["value"])),
    );
  const total = values.reduce((a, b) => a + b, 0);
  assert.ok(Math.abs(total - (one - two)) < 1e-4, `${total} is not ${one - two}`);
  await page
    .getByRole("button", { name: new RegExp(`rather than ${second}; leave it out$`) })
    .first()
    .waitFor();
  await page.getByLabel("Rather than", { exact: true }).selectOption("");
  assert.equal((await seen(page)).title, `Why ${first}?`);
  assert.deepEqual(problems, []);
  await close();
});

test("where the models disagree is said for just the genres that one of them chooses", async () => {
  const { page, problems, close } = await stage.open();
  await read(page, PLAIN);
  const expected = await page.evaluate(async (text) => {
    const { PlotLens } = await import(String(new URL("plotlens.js", document.baseURI)));
    const lens = await PlotLens.load();
    const { genres } = await lens.classify(text);
    lens.close();
    return genres
      .filter(
        (/** @type {any} */ { distilbert, keywords }) => distilbert.chosen !== keywords.chosen,
      )
      .map((/** @type {any} */ { genre, distilbert }) => [genre, distilbert.chosen]);
  }, PLAIN);
  const said = await page.locator("#disagreement li").allTextContents();
  assert.equal(said.length, expected.length);
  assert.ok(said.length > 0, "choose a text on which the models disagree");
  for (const [i, [genre, yes]] of expected.entries()) {
    const [first, second] = yes
      ? ["DistilBERT", "the keyword model"]
      : ["the keyword model", "DistilBERT"];
    assert.match(
      String(said[i]),
      new RegExp(`^${genre}: ${first} says yes \\(.*; ${second} says no \\(`),
    );
  }
  assert.deepEqual(problems, []);
  await close();
});
