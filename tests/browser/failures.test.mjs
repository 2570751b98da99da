import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, afterEach, test } from "node:test";
import {
  BUILD,
  answered,
  bothModelsReady,
  paste,
  read,
  seen,
  setUpStage,
  surfaceText,
} from "./support/stage.mjs";
import { PLAIN } from "./support/texts.mjs";

/** @import { Fault } from "./support/server.mjs" */

const stage = await setUpStage();
const server = /** @type {NonNullable<typeof stage.server>} */ (stage.server);
const skip = stage.server === null && "only our own server can be told to fail";
after(() => stage.close());
afterEach(() => server?.heal());

const manifest = JSON.parse(
  readFileSync(new URL("../../www/model/manifest.json", import.meta.url), "utf8"),
);
/** @type {{ path: string, bytes: number, model: string }[]} */
const files = manifest.files.toSorted(
  (/** @type {{ bytes: number }} */ a, /** @type {{ bytes: number }} */ b) => b.bytes - a.bytes,
);
const distilbert = `model/${files.find(({ model }) => model === "distilbert")?.path}`;
const keywords = `model/${files.find(({ model }) => model === "keywords")?.path}`;

for (const kind of /** @type {Fault["kind"][]} */ ([
  "flipped",
  "truncated",
  "missing",
  "hang-up",
])) {
  test(
    `DistilBERT's file is ${kind}: said plainly, keywords still answer, Retry works`,
    { skip },
    async () => {
      server.spoil(distilbert, { kind });
      const { page, problems, close } = await stage.open();
      await page.locator("#note[data-failed]").waitFor();
      const { note } = await seen(page);
      assert.match(
        note,
        /^DistilBERT could not be loaded; the keyword model answers alone\. [A-Z].*\.$/,
      );
      await paste(page, PLAIN);
      await answered(page, "keywords");
      const { rows, status, verdict } = await seen(page);
      assert.ok(rows.every(({ percent }) => percent !== ""));
      assert.match(status, /words read/);
      assert.notEqual(verdict, "");

      await page.locator("#retry").click();
      await page.locator("#note[data-failed]").waitFor();
      assert.equal(await surfaceText(page), PLAIN);

      server.heal();
      await page.locator("#retry").click();
      await answered(page);
      assert.equal(await page.locator("#retry").isVisible(), false);
      assert.equal(await surfaceText(page), PLAIN);
      assert.deepEqual(problems, []);
      await close();
    },
  );
}

test(
  "a file that was damaged once on the way is fetched afresh without a word",
  { skip },
  async () => {
    server.spoil(distilbert, { kind: "flipped", times: 1 });
    server.spoil(keywords, { kind: "truncated", times: 1 });
    const { page, close } = await stage.open();
    await bothModelsReady(page);
    assert.equal(await page.locator("#note[data-failed]").count(), 0);
    await read(page, PLAIN);
    await close();
  },
);

const ESSENTIAL = /** @type {[string, Fault["kind"]][]} */ ([
  [keywords, "flipped"],
  [keywords, "missing"],
  ["model/manifest.json", "missing"],
  ["model/manifest.json", "truncated"],
  [`${BUILD}/plotlens_bg.wasm`, "missing"],
  [`${BUILD}/plotlens_bg.wasm`, "truncated"],
  [`${BUILD}/plotlens.js`, "missing"],
  ["engine/worker.js", "missing"],
]);

for (const [name, kind] of ESSENTIAL) {
  test(
    `${name} is ${kind}: said plainly, nothing typed is lost, Retry works`,
    { skip },
    async () => {
      server.spoil(name, { kind });
      const { page, close } = await stage.open();
      await page.locator("#note[data-failed]").waitFor();
      const { note } = await seen(page);
      assert.match(note, /^The models could not be loaded\. [A-Z].*\.$/);
      await page.locator("#text").focus();
      await page.keyboard.insertText(PLAIN);
      server.heal();
      await page.locator("#retry").click();
      await answered(page);
      assert.equal(await surfaceText(page), PLAIN);
      await close();
    },
  );
}

test(
  "models that were deployed anew while one of them failed are both loaded",
  { skip },
  async () => {
    server.spoil(distilbert, { kind: "missing" });
    const { page, close } = await stage.open();
    await page.locator("#note[data-failed]").waitFor();
    server.heal();
    // The same models, by a manifest that is not the one that came first.
    await page.route("**/model/manifest.json", (route) =>
      route.fulfill({ contentType: "application/json", body: JSON.stringify(manifest, null, 1) }),
    );
    await page.locator("#retry").click();
    await read(page, PLAIN);
    await close();
  },
);

test("a server that gives wasm the wrong type does no harm", { skip }, async () => {
  server.spoil(`${BUILD}/plotlens_bg.wasm`, { kind: "wrong-type" });
  const { page, close } = await stage.open();
  await read(page, PLAIN);
  await close();
});

test("while DistilBERT loads: real progress, and keywords answer", { skip }, async () => {
  const { bytes = 0 } = files[0] ?? {};
  server.spoil(distilbert, { kind: "slow", bytesPerSecond: bytes / 4 });
  const { page, close } = await stage.open();
  await paste(page, PLAIN);
  await answered(page, "keywords");
  await page.waitForFunction(() =>
    /^Loading DistilBERT: .*(\d|B) of .*B, \d+ seconds? left/.test(
      document.querySelector("#note-text")?.textContent ?? "",
    ),
  );
  const { note, whyNote } = await seen(page);
  const total = files.reduce((sum, file) => sum + file.bytes, 0);
  assert.ok(note.includes(` of ${Math.round(total / 1e6)}`), note);
  assert.match(whyNote, /^The keyword model’s reasons, for now/);
  assert.ok(await page.locator("input[value=keywords]").isChecked());
  const line = page.locator("#load-line");
  const early = await line.evaluate((bar) => /** @type {HTMLProgressElement} */ (bar).value);
  await answered(page);
  const late = await line.evaluate((bar) => /** @type {HTMLProgressElement} */ (bar).value);
  assert.ok(early > 0 && early < 1 && late === 1);
  assert.ok(await page.locator("input[value=blend]").isChecked());
  await close();
});

test("a worker that dies is replaced, and the text is read all the same", async () => {
  const { page, close } = await stage.open();
  await read(page, PLAIN);
  const [worker] = page.workers();
  await worker?.evaluate(() => void setTimeout(() => Promise.reject(new Error("boom"))));
  await worker?.evaluate(
    () =>
      void setTimeout(() => {
        throw new Error("boom");
      }),
  );
  const text = `${PLAIN} The end.`;
  await read(page, text);
  assert.equal(await surfaceText(page), text);
  await close();
});
