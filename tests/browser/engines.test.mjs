import assert from "node:assert/strict";
import { after, test } from "node:test";
import {
  answered,
  BUILD,
  hideInstruction,
  paste,
  read,
  seen,
  setUpStage,
} from "./support/stage.mjs";
import { PLAIN } from "./support/texts.mjs";

const stage = await setUpStage();
after(() => stage.close());

/** Chromium without the processor's vector instructions has no SIMD in WebAssembly either. */
const WITHOUT_SIMD =
  "--js-flags=--no-enable-sse4-1 --no-enable-sse3 --no-enable-ssse3 --no-enable-avx";

/** @param {import("playwright-core").Page} page */
function wasmFetched(page) {
  /** @type {string[]} */
  const builds = [];
  page.on("request", (request) => {
    const name = /\/(wasm\/\w+)\/plotlens_bg\.wasm$/.exec(new URL(request.url()).pathname)?.[1];
    if (name !== undefined) builds.push(name);
  });
  return builds;
}

test("only the best build that the browser runs is fetched", async () => {
  /** @type {string[]} */
  let builds = [];
  const { page, problems, close } = await stage.open({
    before: async (page) => (builds = wasmFetched(page)),
  });
  await read(page, PLAIN);
  assert.deepEqual(builds, [BUILD]);
  assert.deepEqual(problems, []);
  await close();
});

for (const [build, hidden] of /** @type {const} */ ([
  ["wasm/simd128", 0x85],
  ["wasm/scalar", 0x0f],
])) {
  test(`a browser whose probe leaves ${build} fetches that`, async () => {
    /** @type {string[]} */
    let builds = [];
    const { page, problems, close } = await stage.open({
      before: async (page) => {
        builds = wasmFetched(page);
        await hideInstruction(page, hidden);
      },
    });
    await paste(page, PLAIN);
    if (build === "wasm/scalar") {
      await page.locator("#note[data-failed]").waitFor();
      await answered(page, "keywords");
      const { note, rows } = await seen(page);
      assert.match(note, /keyword model answers alone\. .*vector instructions/);
      assert.ok(rows.every(({ percent }) => percent !== ""));
    } else {
      await answered(page);
    }
    assert.deepEqual(builds, [build]);
    assert.deepEqual(problems, []);
    await close();
  });
}

test("in a browser without SIMD the keyword model answers, and the page says why", async () => {
  const plain = await setUpStage({ args: [WITHOUT_SIMD] });
  const { page, problems, close } = await plain.open();
  await paste(page, PLAIN);
  await page.locator("#note[data-failed]").waitFor();
  await answered(page, "keywords");
  assert.match((await seen(page)).note, /vector instructions/);
  assert.deepEqual(problems, []);
  await close();
  await plain.close();
});

test("every build gives the same probabilities and genres", async () => {
  const { page, close } = await stage.open();
  const answers = await page.evaluate(async (text) => {
    const manifest = await (await fetch("model/manifest.json")).text();
    const answers = [];
    for (const build of ["scalar", "simd128", "relaxed"]) {
      const glue = await import(new URL(`wasm/${build}/plotlens.js`, location.href).href);
      await glue.default();
      const engine = new glue.Engine(manifest);
      for (const { path } of JSON.parse(manifest).files) {
        const bytes = await (await fetch(`model/${path}`)).arrayBuffer();
        engine.load(path, new Uint8Array(bytes));
      }
      const job = engine.start(text, "A Title", "all");
      while (!job.step());
      /** @type {import("../../www/engine/types.js").PackedClassification} */
      const answer = job.finish();
      answers.push(
        answer.genres
          .map(({ genre, probability, chosen }) => ({ genre, probability, chosen }))
          .sort((a, b) => (a.genre < b.genre ? -1 : 1)),
      );
    }
    return answers;
  }, PLAIN);
  const [scalar, simd128, relaxed] = answers;
  // The two round alike; the third rounds some products and sums once instead of twice.
  assert.deepEqual(simd128, scalar);
  for (const [i, genre] of (relaxed ?? []).entries()) {
    const other = scalar?.[i];
    assert.ok(Math.abs(genre.probability - (other?.probability ?? NaN)) < 1e-3, genre.genre);
    assert.equal(genre.chosen, other?.chosen);
  }
  await close();
});

test("the second engine is fetched on demand and agrees", async () => {
  /** @type {string[]} */
  let builds = [];
  const { page, problems, close } = await stage.open({
    before: async (page) => (builds = wasmFetched(page)),
  });
  await read(page, PLAIN);
  await page.locator("#check summary").click();
  await page.locator("#check-run").click();
  await page.locator("#check-table:visible").waitFor();
  assert.deepEqual(builds, [BUILD, "wasm/tract"]);
  const note = (await page.locator("#check-note").textContent()) ?? "";
  assert.match(note, /^Both choose the same genres; the largest difference is 0\.\d\d percentage/);
  assert.equal(await page.locator("#check-table tbody tr").count(), 21);
  await page.locator("#text").focus();
  await page.keyboard.type("More. ");
  assert.equal(await page.locator("#check-table").isVisible(), false);
  assert.deepEqual(problems, []);
  await close();
});

test("a site without the second engine says so", async (t) => {
  if (stage.server === null) return t.skip("only our own server can be told to fail");
  stage.server.spoil("wasm/tract/plotlens_bg.wasm", { kind: "missing" });
  const { page, close } = await stage.open();
  await read(page, PLAIN);
  await page.locator("#check summary").click();
  await page.locator("#check-run").click();
  await page.getByText("This site does not hold the second engine.").waitFor();
  stage.server.heal();
  await close();
});
