import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { withFolder } from "../browser/support/folders.mjs";
import { damage, hasLoaded, newerWaits, openNewest } from "../browser/support/kept.mjs";
import { UNMISTAKABLE } from "../browser/support/texts.mjs";
import { copyPage, withSecondVersion } from "../browser/support/versions.mjs";
import { inProfile, read, withSite } from "./support.mjs";

/** @import { Page } from "puppeteer-core" */

const PREFIX = "/films/";
const folder = await mkdtemp(path.join(os.tmpdir(), "plotlens-offline-"));
await copyPage(folder);
after(() => rm(folder, { recursive: true }));
const SITE = { root: folder, prefix: PREFIX, hidesIndex: true };

/** @param {Page} page */
async function keep(page) {
  // A page that still loads may move the button away from under the pointer.
  await hasLoaded(page);
  await page.locator("#offline-keep").click();
  await isReady(page);
}

/** @param {Page} page */
async function isReady(page) {
  await page.waitForFunction(() =>
    document.querySelector("#offline-note")?.textContent?.startsWith("Ready offline"),
  );
  await hasLoaded(page);
}

/**
 * @param {Page} page
 * @param {string} text
 */
async function genreOf(page, text) {
  return (await read(page, text))[0]?.name;
}

/** @param {Page} page */
function versionOf(page) {
  return page.evaluate(() => ({
    title: document.querySelector(".wordmark")?.textContent,
    runsSecond: document.documentElement.dataset["second"] !== undefined,
  }));
}

test("kept once, it works in a Firefox started anew without its server", async () => {
  await withFolder((profile) =>
    withSite(SITE, async (site) => {
      await inProfile(profile, ({ on }) => on(site.url, keep));
      await site.close();
      await inProfile(profile, ({ on }) =>
        on(site.url, async (page) => {
          assert.equal(await genreOf(page, UNMISTAKABLE.Western), "Western");
          await isReady(page);
        }),
      );
    }),
  );
});

test("a new version waits until the open page of the old one is closed, and mixes nothing", async () => {
  await withFolder((profile) =>
    withSite(SITE, (site) =>
      inProfile(profile, async ({ open }) => {
        const page = await open(site.url);
        await keep(page);
        await withSecondVersion(folder, async () => {
          await page.reload();
          await page.waitForFunction(newerWaits);
          await hasLoaded(page);
          await page.reload();
          assert.equal(await genreOf(page, UNMISTAKABLE.War), "War");
          assert.deepEqual(await versionOf(page), { title: "PlotLens", runsSecond: false });
          await page.close();

          const newest = await openNewest(() => open(site.url));
          await site.close();
          await newest.reload();
          assert.equal(await genreOf(newest, UNMISTAKABLE.Horror), "Horror");
          assert.deepEqual(await versionOf(newest), { title: "Second", runsSecond: true });
          assert.equal(await newest.evaluate(async () => (await caches.keys()).length), 1);
        });
      }),
    ),
  );
});

test("a kept file that was damaged is noticed and fetched anew", async () => {
  await withFolder((profile) =>
    withSite(SITE, (site) =>
      inProfile(profile, async ({ open }) => {
        const before = await open(site.url);
        await keep(before);
        const core = site.requests.find((path) => path.endsWith("plotlens_bg.wasm"));
        const names = [
          "page/format.js",
          "model/distilbert.onnx",
          String(core).slice(PREFIX.length),
        ];
        await before.evaluate(damage, names);
        await before.close();
        site.requests.length = 0;

        const page = await open(site.url);
        assert.equal(await genreOf(page, UNMISTAKABLE["Sci-Fi"]), "Sci-Fi");
        const fetched = site.requests.map((path) => path.slice(PREFIX.length));
        assert.deepEqual(
          names.filter((name) => !fetched.includes(name)),
          [],
        );
        await page.reload();
        await isReady(page);
        await site.close();
        await page.reload();
        assert.equal(await genreOf(page, UNMISTAKABLE.Comedy), "Comedy");
      }),
    ),
  );
});
