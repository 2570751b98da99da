import assert from "node:assert/strict";
import { after, test } from "node:test";
import { answered, painted, read, seen, setUpStage, surfaceText } from "./support/stage.mjs";
import { PLAIN, UNMISTAKABLE } from "./support/texts.mjs";

/** @import { Page } from "playwright-core" */

const stage = await setUpStage();
after(() => stage.close());

for (const [genre, text] of Object.entries(UNMISTAKABLE)) {
  test(`a pasted plot of ${genre} gets ${genre} first, and the text stays as it was`, async () => {
    const { page, problems, close } = await stage.open();
    await read(page, text);
    const { rows, verdict, status } = await seen(page);
    assert.equal(rows[0]?.name, genre, JSON.stringify(rows.slice(0, 4)));
    assert.equal(rows.length, 21);
    assert.ok(verdict.includes(genre), verdict);
    assert.match(status, /^\d+ words read · .+ · CPU$/);
    assert.equal(await surfaceText(page), text);
    assert.deepEqual(problems, []);
    await close();
  });
}

test("bars are sorted, carry both opinions, and the chosen ones are those that pass", async () => {
  const { page, close } = await stage.open();
  await read(page, PLAIN);
  const answer = await ask(page, PLAIN);
  const { rows } = await seen(page);
  assert.deepEqual(
    rows.map(({ name }) => name),
    answer.genres.map(({ genre }) => genre),
  );
  rows.forEach((row, i) => {
    const genre = answer.genres[i];
    assert.ok(genre && Math.abs(row.probability - genre.probability) < 1e-4);
    assert.ok(i === 0 || row.probability <= Number(rows[i - 1]?.probability));
    assert.equal(row.chosen, genre.chosen);
    assert.equal(asNumber(row.keywords), Math.round(genre.keywords.probability * 100));
    assert.equal(asNumber(row.distilbert), Math.round(Number(genre.distilbert?.probability) * 100));
  });
  assert.ok(rows.some(({ chosen }) => chosen));
  await close();
});

for (const model of /** @type {const} */ (["blend", "distilbert", "keywords"])) {
  test(`the paint lies on exactly the words that weigh something for ${model}`, async () => {
    const { page, close } = await stage.open();
    await read(page, PLAIN);
    await page.locator(`input[value=${model}]`).check();
    for (const at of [0, 3, 20]) {
      await page.locator(".genre").nth(at).click();
      const { rows } = await seen(page);
      const answer = await ask(page, PLAIN);
      const index = answer.genres.find(({ genre }) => genre === rows[at]?.name)?.index ?? -1;
      const weights = answer.words.map((word) => word[model] ?? []);
      const middle = (/** @type {number[]} */ amounts) =>
        Number(amounts.toSorted((a, b) => a - b)[Math.floor((amounts.length - 1) / 2)]);
      const usual = answer.genres.map((_, g) =>
        middle(weights.map((vector) => Math.abs(Number(vector[g])))),
      );
      const chosen = answer.genres.filter((row) => row[model]?.chosen);
      const most = Math.max(
        ...weights.flatMap((vector) =>
          chosen.map(({ index: g }) => Math.abs(Number(vector[g])) - Number(usual[g])),
        ),
      );
      const expected = answer.words.flatMap((word, i) => {
        const value = Number(weights[i]?.[index]);
        if ((Math.abs(value) - Number(usual[index])) / most < 0.1) return [];
        const text = PLAIN.slice(word.start, word.end);
        return [{ hue: value > 0 ? "for" : "against", start: word.start, text }];
      });
      const found = (await painted(page)).map(({ name, start, text }) => {
        return { hue: name.replace(/-\d$/, ""), start, text };
      });
      assert.deepEqual(found, expected);
      if (at === 0) assert.ok(found.length > 0);
    }
    await close();
  });

  test(`the table of ${model} adds up to the logit and gives the probability`, async () => {
    const { page, close } = await stage.open();
    await read(page, PLAIN);
    await page.locator(`input[value=${model}]`).check();
    const answer = await ask(page, PLAIN);
    for (const at of [0, 1, 10, 20]) {
      await page.locator(".genre").nth(at).click();
      const { rows, title } = await seen(page);
      const row = rows[at];
      assert.equal(title, `Why ${row?.name}?`);
      const genre = answer.genres.find(({ genre }) => genre === row?.name);
      const table = await ledger(page);
      const sum = table.values.reduce((total, value) => total + value, 0);
      const logit = Number(answer.explanations[model]?.logit[Number(genre?.index)]);
      assert.ok(Math.abs(sum - logit) < 2e-4, `${sum} and ${logit}`);
      // What a reader adds up by hand is what is shown.
      const byHand = table.shown.reduce((total, value) => total + Math.round(value * 1000), 0);
      assert.equal(byHand, Math.round(table.sum * 1000));
      assert.ok(Math.abs(table.sum - logit) < 0.0051);
      const own = genre?.[model];
      const probability = 1 / (1 + Math.exp(-sum));
      assert.ok(Math.abs(probability - Number(own?.probability)) < 1e-4);
      const shown = model === "blend" ? row?.percent : row?.[model];
      assert.equal(asNumber(table.percent), asNumber(String(shown)));
    }
    await close();
  });
}

test("words that occur more than once are one row with their count", async () => {
  const { page, close } = await stage.open();
  const text =
    "Blood on the door. The door opens; behind the door waits the ghost of a murdered bride.";
  await read(page, text);
  await page.locator("input[value=keywords]").check();
  const labels = (await ledger(page)).labels.filter((label) => /^door\b/.test(label));
  assert.ok(labels.length <= 1);
  for (const genre of await page.locator(".genre").all()) {
    await genre.click();
    const row = (await ledger(page)).labels.find((label) => /^door\b/.test(label));
    if (row === undefined) continue;
    assert.equal(row, "door ×3");
    await close();
    return;
  }
  assert.fail("door was named for no genre");
});

test("the page says which model is explained", async () => {
  const { page, close } = await stage.open();
  await read(page, PLAIN);
  assert.match((await seen(page)).whyNote, /^Both models’ reasons/);
  await page.locator("input[value=distilbert]").check();
  assert.match((await seen(page)).whyNote, /^DistilBERT’s own reasons/);
  await page.locator("input[value=keywords]").check();
  assert.match((await seen(page)).whyNote, /^The keyword model’s own reasons/);
  await close();
});

test("the word below the pointer, or at the caret, shows its numbers", async () => {
  const { page, close } = await stage.open();
  await read(page, PLAIN);
  const box = await page.evaluate(
    (offset) => {
      const node = /** @type {Node} */ (document.querySelector("#text")?.firstChild);
      const range = document.createRange();
      range.setStart(node, offset);
      range.setEnd(node, offset + 1);
      const { x, y, width, height } = range.getBoundingClientRect();
      return { x: x + width / 2, y: y + height / 2 };
    },
    PLAIN.indexOf("widow") + 2,
  );
  await page.mouse.move(box.x, box.y);
  await page.waitForFunction(() => document.querySelector("#readout b")?.textContent === "widow");
  assert.deepEqual(
    (await painted(page)).filter(({ name }) => name === "word").map(({ text }) => text),
    ["widow"],
  );
  await page.mouse.move(1, 1);
  await page.locator("#text").focus();
  await page.keyboard.press("Control+Home");
  for (let step = 0; step < 4; step += 1) await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() => document.querySelector("#readout b")?.textContent === "widow");
  assert.match((await seen(page)).readout, /(towards|away from|neither way for) /);
  await close();
});

test("with nothing clear the page says what is closest", async () => {
  const { page, close } = await stage.open();
  let unclear = 0;
  for (const text of [
    "Someone does something.",
    "It is what it is and then it was.",
    "The number of it.",
    "Potatoes and onions and more potatoes.",
  ]) {
    await read(page, text);
    const answer = await ask(page, text);
    if (!answer.clear) unclear += 1;
    const { verdict } = await seen(page);
    assert.equal(verdict.startsWith("Nothing clear; closest is "), !answer.clear, verdict);
  }
  assert.ok(unclear > 0, "one of these texts is meant to be unclear");
  await close();
});

test("a long text says in words and in the text what was not read", async () => {
  const { page, close } = await stage.open();
  const text = `${PLAIN} `.repeat(400).trim();
  await read(page, text);
  const { truncatedAt } = (await ask(page, text)).read;
  assert.ok(truncatedAt !== null, "this text is meant to be longer than what is read");
  const { status } = await seen(page);
  const left = (text.length - truncatedAt).toLocaleString("en");
  assert.ok(status.includes(`The last ${left} characters were not read`), status);
  const unread = (await painted(page)).filter(({ name }) => name === "unread");
  assert.equal(unread.length, 1);
  assert.equal(unread[0]?.start, truncatedAt);
  assert.equal(unread[0]?.text, text.slice(truncatedAt));
  assert.equal(await surfaceText(page), text);
  await close();
});

test("each example gives an answer at one click, and the text it replaced can be had back", async () => {
  const { page, close } = await stage.open();
  await read(page, PLAIN);
  for (const name of ["heist", "robot", "singer"]) {
    await page.getByRole("button", { name, exact: true }).click();
    await answered(page);
    assert.notEqual(await surfaceText(page), PLAIN);
  }
  await page.getByRole("button", { name: "Put my text back" }).click();
  await answered(page);
  assert.equal(await surfaceText(page), PLAIN);
  await close();
});

/**
 * The answer that the public API gives for a text, with plain arrays.
 *
 * @param {Page} page
 * @param {string} text
 */
async function ask(page, text) {
  return page.evaluate(async (plot) => {
    const { PlotLens } = await import(new URL("plotlens.js", location.href).href);
    const lens = await PlotLens.load();
    /** @type {import("../../www/engine/types.js").Answer} */
    const answer = await lens.classify(plot);
    lens.close();
    /** @param {import("../../www/engine/types.js").Explanation | null} explanation */
    const plain = (explanation) => explanation && { logit: [...explanation.logit] };
    return {
      genres: answer.genres,
      clear: answer.clear,
      read: answer.read,
      words: answer.words.map(({ start, end, blend, distilbert, keywords }) => ({
        start,
        end,
        blend: blend && [...blend],
        distilbert: distilbert && [...distilbert],
        keywords: [...keywords],
      })),
      explanations: {
        blend: plain(answer.explanations.blend),
        distilbert: plain(answer.explanations.distilbert),
        keywords: plain(answer.explanations.keywords),
      },
    };
  }, text);
}

/**
 * The table, both as it is shown and with its full precision.
 *
 * @param {Page} page
 */
async function ledger(page) {
  const found = await page.evaluate(() => {
    const rows = [...document.querySelectorAll("#ledger tbody tr")];
    /** @param {Element | null | undefined} row */
    const last = (row) => row?.lastElementChild?.textContent ?? "";
    const [sum, probability] = document.querySelectorAll("#ledger tfoot tr");
    return {
      labels: rows.map((row) => row.firstElementChild?.textContent ?? ""),
      values: rows.map((row) => Number(/** @type {HTMLElement} */ (row).dataset["value"])),
      shown: rows.map(last),
      sum: last(sum),
      percent: last(probability),
    };
  });
  return { ...found, shown: found.shown.map(asNumber), sum: asNumber(found.sum) };
}

/** @param {string} shown */
function asNumber(shown) {
  return shown.startsWith("<")
    ? 0
    : shown.startsWith(">")
      ? 100
      : parseFloat(shown.replace("−", "-"));
}
