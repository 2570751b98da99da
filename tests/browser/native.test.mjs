import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { hideInstruction, setUpStage } from "./support/stage.mjs";

const stage = await setUpStage();
after(() => stage.close());

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const TEXTS = [
  "A sheriff, an outlaw and a stolen horse: a duel at noon on the frontier.",
  "🎬 A hero’s café—naïve déjà-vu, 1944 (co-op) étude.\r\n\r\nThe end…",
  "Two divers find a ship that should not be there, and one of them hears it sing. ".repeat(12),
];

/** @param {string} text */
function byCommandLine(text) {
  const command = `${ROOT}target/release/plotlens`;
  const options = { input: text, encoding: /** @type {const} */ ("utf8"), cwd: ROOT };
  return JSON.parse(execFileSync(command, ["classify", "-", "--json", "--title", TITLE], options));
}

/** Read with every text. */
const TITLE = "Le Café: été 1944";

/** What the page answers. @param {import("playwright-core").Page} page @param {string} text */
function byPage(page, text) {
  return page.evaluate(
    async ([plot, title]) => {
      const url = new URL("plotlens.js", location.href).href;
      const { PlotLens } = await import(url);
      const lens = await PlotLens.load();
      const { genres, words, explanations, read } = await lens.classify(plot, { title });
      lens.close();
      const list = (/** @type {Float32Array} */ vector) => [...vector];
      return {
        genres,
        read,
        logit: list(explanations.blend.logit),
        words: words.map((/** @type {any} */ word) => ({
          start: word.start,
          end: word.end,
          distilbert: list(word.distilbert),
          keywords: list(word.keywords),
          blend: list(word.blend),
        })),
      };
    },
    [text, TITLE],
  );
}

test("the browser and the command line give the same numbers, bit for bit", async () => {
  const { page, problems, close } = await stage.open({
    // The relaxed build rounds some products and sums once instead of twice.
    before: (page) => hideInstruction(page, 0x85),
  });
  for (const text of TEXTS) {
    const here = await byPage(page, text);
    const there = byCommandLine(text);
    // JSON has the shortest decimals of an f32, JavaScript its exact value.
    const f32 = (/** @type {unknown} */ value) =>
      JSON.parse(JSON.stringify(value), (_, item) =>
        typeof item === "number" ? Math.fround(item) : item,
      );
    assert.deepEqual(f32(here.logit), f32(there.explanations.blend.logit));
    assert.deepEqual(f32(here.words), f32(there.words));
    assert.deepEqual(f32(here.genres), f32(there.genres));
    assert.deepEqual(here.read, there.read);
  }
  assert.deepEqual(problems, []);
  await close();
});

test("the relaxed build gives the same genres, and probabilities within a thousandth", async () => {
  const { page, problems, close } = await stage.open();
  for (const text of TEXTS) {
    const here = await byPage(page, text);
    const there = byCommandLine(text);
    for (const { genre, probability, chosen } of here.genres) {
      const other = there.genres.find((/** @type {any} */ row) => row.genre === genre);
      assert.ok(Math.abs(probability - other.probability) < 1e-3, genre);
      assert.equal(chosen, other.chosen);
    }
  }
  assert.deepEqual(problems, []);
  await close();
});
