import assert from "node:assert/strict";
import { after, test } from "node:test";
import { answered, paste, read, seen, setUpStage, surfaceText } from "./support/stage.mjs";
import { PLAIN } from "./support/texts.mjs";

/** @import { Page } from "playwright-core" */

const stage = await setUpStage();
after(() => stage.close());

/** Both kinds of surface must keep a text alike; the second one is for browsers without highlights. */
const SURFACES = /** @type {const} */ ({
  "the painted text": async () => {},
  "the textarea over a painted copy": withoutHighlights,
});

const TEXTS = {
  "line breaks of Windows and old Macs": [
    "one\r\ntwo\r\n\r\nthree\rfour",
    "one\ntwo\n\nthree\nfour",
  ],
  "a trailing line break": ["one\ntwo\n"],
  "several trailing line breaks": ["one\n\n\n"],
  "leading and repeated spaces": ["   one  two   three    "],
  "tabs and no-break spaces": ["one\ttwo\u00a0three\u202ffour"],
  "emoji of several parts": ["A family 👩‍👩‍👧‍👦 and a flag 🏴‍☠️ meet 👍🏽 there"],
  "combining accents and letters that grow in lower case": [
    "Cafe\u0301 nai\u0308ve ẞ İstanbul ﬁre",
  ],
  "right to left": ["שלום עולם and مرحبا together"],
  "other scripts": ["猫が扉を見つける。Вдова находит дверь."],
  markup: ["<script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>&amp;</div>"],
  "zero-width and soft hyphen": ["wi\u200bdow door\u00ad\u200d\ufeffbell"],
};

for (const [surface, before] of Object.entries(SURFACES)) {
  test(`${surface} keeps every kind of text as it was pasted`, async () => {
    const { page, problems, close } = await stage.open({ before });
    for (const [kind, [text = "", expected = text]] of Object.entries(TEXTS)) {
      await paste(page, text);
      assert.equal(await surfaceText(page), expected, kind);
      assert.equal(await ownReading(page), expected, kind);
    }
    assert.equal(await page.evaluate(() => "hacked" in window), false);
    assert.equal(await page.locator("#text script, #text img").count(), 0);
    assert.deepEqual(problems, []);
    await close();
  });

  test(`${surface} edits like a plain textarea`, async () => {
    const { page, close } = await stage.open({ before });
    await page.evaluate(() => {
      const twin = document.createElement("textarea");
      twin.id = "twin";
      document.body.prepend(twin);
    });
    const steps = randomSteps(120, 5);
    const expected = await perform(page, "#twin", steps);
    const found = await perform(page, "#text", steps);
    steps.forEach((_, i) => {
      assert.equal(found[i], expected[i], JSON.stringify(steps.slice(Math.max(0, i - 5), i + 1)));
    });
    if (before === withoutHighlights) return close();
    // Undo leads back to nothing, and redo all the way forth. (A textarea of Chromium does not.)
    const last = await surfaceText(page);
    for (let step = 0; step < 300; step += 1) await page.keyboard.press("Control+z");
    assert.equal(await surfaceText(page), "");
    for (let step = 0; step < 300; step += 1) await page.keyboard.press("Control+Shift+z");
    assert.equal(await surfaceText(page), last);
    await close();
  });
}

test("undo works after paint and answers, step by step", async () => {
  const { page, close } = await stage.open();
  await read(page, PLAIN);
  await page.keyboard.press("Control+End");
  await page.keyboard.type(" More.");
  await answered(page);
  assert.equal(await surfaceText(page), `${PLAIN} More.`);
  // How many letters one step takes back is the browser's affair.
  for (let step = 0; step < 6 && (await surfaceText(page)) !== PLAIN; step += 1) {
    await page.keyboard.press("Control+z");
  }
  assert.equal(await surfaceText(page), PLAIN);
  await answered(page);
  await close();
});

test("the copy behind the textarea breaks its lines where the textarea does", async () => {
  const { page, close } = await stage.open({ before: withoutHighlights });
  await read(page, PLAIN);
  await page.locator("input[value=keywords]").check();
  const [area, copy] = await page.evaluate(() => {
    const area = /** @type {HTMLElement} */ (document.querySelector("textarea#text"));
    const copy = /** @type {HTMLElement} */ (document.querySelector(".backdrop"));
    /** @param {HTMLElement} element */
    const metrics = (element) => {
      const style = getComputedStyle(element);
      const { width, top, left } = element.getBoundingClientRect();
      return [
        width,
        top,
        left,
        style.font,
        style.padding,
        element.scrollHeight,
        element.clientWidth,
      ];
    };
    return [metrics(area), metrics(copy)];
  });
  assert.deepEqual(area, copy);
  const paintedWords = await page.locator(".backdrop [class*=paint-]").allTextContents();
  assert.ok(paintedWords.length > 3);
  for (const word of paintedWords) assert.ok(PLAIN.includes(word), word);
  assert.equal((await page.locator(".backdrop").textContent())?.replace("\u200b", ""), PLAIN);
  await close();
});

test("every hostile text gets a plain sentence, is kept, and does not hinder the next one", async () => {
  const { page, problems, close } = await stage.open();
  await read(page, PLAIN);
  const refused = {
    "only spaces": "  \n \t ",
    "one letter": "a",
    "only emoji": "😀🎬👩‍👩‍👧",
    marks: "…?!",
  };
  for (const [kind, text] of Object.entries(refused)) {
    await paste(page, text);
    await page.locator("#status[data-code^=text-]").waitFor();
    const { status, verdict, rows } = await seen(page);
    assert.match(status, /^[A-Z].*\.$/, kind);
    assert.equal(verdict, "What kind of story is this?");
    assert.ok(rows.every(({ percent }) => percent === ""));
    assert.equal(await surfaceText(page), text);
    await read(page, PLAIN);
  }
  await page.getByRole("button", { name: "Clear" }).click();
  await page.locator("#status[data-code=text-empty]").waitFor();
  const odd = {
    "another script": "猫が扉を見つける。扉の向こうに階段がある。",
    "a text of one megabyte": "A widow finds a door. ".repeat(47_000),
    "a word of one megabyte": "w".repeat(1_000_000),
    "thousands of different words": Array.from(
      { length: 8000 },
      (_, n) => `w${n.toString(36)}`,
    ).join(" "),
    "a word of emoji": "👩‍👩‍👧".repeat(20_000),
    "thousands of accents": `e${"\u0301".repeat(20_000)} door`,
    markup: "<script>window.hacked = 1</script> <b onclick=alert(1)>the widow</b> finds a door",
  };
  for (const [kind, text] of Object.entries(odd)) {
    await paste(page, text);
    await settledAfter(page);
    const { status } = await seen(page);
    assert.match(status, /(read|\.)/, kind);
    assert.equal(await surfaceText(page), text, kind);
    await read(page, PLAIN);
  }
  assert.equal(await page.evaluate(() => "hacked" in window), false);
  assert.deepEqual(problems, []);
  await close();
});

test("lone surrogates neither break the answer nor shift its words", async () => {
  const { page, problems, close } = await stage.open();
  const text = `\ud83d ${PLAIN.slice(0, 40)}\udc00 a door in the cellar \ud800`;
  await page.locator("#text").evaluate((host, value) => {
    host.replaceChildren(value, document.createElement("br"));
    host.dispatchEvent(new InputEvent("input"));
  }, text);
  await answered(page);
  const words = await page.evaluate(() => {
    const host = /** @type {Element} */ (document.querySelector("#text"));
    const plain = String(host.textContent);
    return [...CSS.highlights.values()].flatMap((highlight) =>
      [...highlight].map((range) => plain.slice(range.startOffset, range.endOffset)),
    );
  });
  assert.ok(words.length > 0);
  for (const word of words) assert.match(word, /^[\p{L}\p{N}'’-]+$/u);
  assert.deepEqual(problems, []);
  await close();
});

/** @param {Page} page */
async function withoutHighlights(page) {
  await page.addInitScript(() => {
    Reflect.deleteProperty(window, "Highlight");
    Reflect.deleteProperty(CSS, "highlights");
  });
}

/**
 * The text as the page itself reads it.
 *
 * @param {Page} page
 */
async function ownReading(page) {
  return page.locator("#text").evaluate(async (host) => {
    if (host instanceof HTMLTextAreaElement) return host.value;
    const { TextMap } = await import(new URL("page/text-map.js", location.href).href);
    return new TextMap(host).text;
  });
}

/**
 * Waits until both models have said something of the text, be it an answer or a refusal.
 *
 * @param {Page} page
 */
async function settledAfter(page) {
  await page.locator("#answer[data-by=both], #status[data-code^=text-]").first().waitFor();
}

/**
 * @typedef {{ do: "insert" | "press" | "paste", what: string }} Step
 * @param {number} count
 * @param {number} seed
 * @returns {Step[]}
 */
function randomSteps(count, seed) {
  let state = seed;
  /**
   * @template T
   * @param {readonly T[]} from
   * @returns {T}
   */
  const pick = (from) => {
    state = (state * 48271) % 2147483647;
    return /** @type {T} */ (from[state % from.length]);
  };
  const all = /** @type {const} */ ({
    insert: ["a", "bc ", " ", "  ", "d\te", "e\u0301", "👩‍👩‍👧"],
    press: [
      ...["Enter", "Enter", "Backspace", "Backspace", "Delete", "ArrowLeft", "ArrowRight", "Home"],
      ...["End", "Shift+ArrowLeft", "Shift+Home", "Control+Home", "Control+End", "Control+a"],
      "Control+Backspace",
    ],
    paste: ["x\ny", "\n", "one\r\ntwo\r\n", "\n\nz", "<b>q</b>", "\u00a0n\u00a0", "tail\n\n"],
  });
  return Array.from({ length: count }, () => {
    const kind = pick(/** @type {const} */ (["insert", "press", "insert", "press", "paste"]));
    return { do: kind, what: pick(all[kind]) };
  });
}

/**
 * @param {Page} page
 * @param {string} selector
 * @param {Step[]} steps
 * @returns {Promise<string[]>} the text after each step
 */
async function perform(page, selector, steps) {
  const texts = [];
  await page.locator(selector).focus();
  for (const step of steps) {
    if (step.do === "insert") await page.keyboard.insertText(step.what);
    else if (step.do === "press") await page.keyboard.press(step.what);
    else {
      await page.evaluate((text) => navigator.clipboard.writeText(text), step.what);
      await page.keyboard.press("Control+v");
    }
    if (selector === "#text") texts.push(await surfaceText(page));
    else texts.push(await page.locator(selector).inputValue());
  }
  return texts;
}
