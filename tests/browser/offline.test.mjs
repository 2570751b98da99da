import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, afterEach, test } from "node:test";
import { chromium } from "playwright-core";
import { withFolder } from "./support/folders.mjs";
import { damage, newerWaits, openNewest } from "./support/kept.mjs";
import { serve } from "./support/server.mjs";
import { answered, bothModelsReady, findChrome, paste, seen, watch } from "./support/stage.mjs";
import { UNMISTAKABLE } from "./support/texts.mjs";
import { copyPage, withSecondVersion } from "./support/versions.mjs";

/** @import { BrowserContext, Page } from "playwright-core" */

const folder = await mkdtemp(path.join(os.tmpdir(), "plotlens-offline-"));
await copyPage(folder);
const site = await serve({ root: folder, prefix: "/films/", hidesIndex: true });
after(async () => {
  await site.close();
  await rm(folder, { recursive: true });
});

/** Browsers that a test has started. @type {BrowserContext[]} */
const started = [];

/**
 * Something done with a profile; whatever comes of it, no browser stays behind, which would keep the
 * tests from ending.
 *
 * @param {(profile: string) => Promise<void>} use
 */
function withProfile(use) {
  return withFolder(async (profile) => {
    try {
      await use(profile);
    } finally {
      await Promise.all(started.splice(0).map((context) => context.close()));
    }
  });
}

/**
 * A browser with a profile that outlives it.
 *
 * @param {string} profile
 */
async function browserFor(profile) {
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: findChrome(),
    args: ["--no-sandbox"],
    permissions: ["clipboard-read", "clipboard-write"],
  });
  started.push(context);
  context.setDefaultTimeout(60_000);
  return context;
}

/** What should not happen, on each page of the test that runs. @type {string[][]} */
const problems = [];
afterEach(() => assert.deepEqual(problems.splice(0).flat(), []));

/** @param {BrowserContext} context */
async function open(context) {
  const page = await context.newPage();
  problems.push(await watch(page, site.url));
  await page.goto(site.url);
  return page;
}

/** @param {Page} page */
const note = (page) => page.locator("#offline-note");

/** @param {Page} page */
async function keep(page) {
  await page.locator("#offline-keep").click();
  await isReady(page);
}

/** @param {Page} page */
async function isReady(page) {
  await note(page)
    .filter({ hasText: /^Ready offline/ })
    .waitFor();
}

/**
 * @param {Page} page
 * @param {string} text
 */
async function genreOf(page, text) {
  await bothModelsReady(page);
  await paste(page, text);
  await answered(page);
  return (await seen(page)).rows[0]?.name;
}

test("kept once, it works in a browser started anew without a network, until it is removed", async () => {
  await withProfile(async (profile) => {
    let context = await browserFor(profile);
    let page = await open(context);
    await note(page).filter({ hasText: "It takes about" }).waitFor();
    const promised = Number(/about ([\d.]+) MB/.exec(String(await note(page).textContent()))?.[1]);
    await keep(page);
    const kept = Number(/([\d.]+).MB/.exec(String(await note(page).textContent()))?.[1]);
    assert.ok(Math.abs(kept - promised) < 1, `${kept} MB are kept, ${promised} were promised`);
    await context.close();

    context = await browserFor(profile);
    await context.setOffline(true);
    page = await open(context);
    assert.equal(await genreOf(page, UNMISTAKABLE.Western), "Western");
    await note(page)
      .filter({ hasText: /^Ready offline/ })
      .waitFor();
    await page.goto(`${site.url}#evaluate`);
    await page.locator("#evaluate").getByText("example").first().waitFor();

    await page.goto(`${site.url}#about`);
    await page.locator("#offline-remove").click();
    await note(page)
      .filter({ hasText: /^Removed/ })
      .waitFor();
    const left = await page.evaluate(async () => [
      ...(await caches.keys()),
      ...(await navigator.serviceWorker.getRegistrations()),
    ]);
    assert.deepEqual(left, []);
    await context.close();
  });
});

test("a new version waits until the last page of the old one is closed, and mixes nothing", async () => {
  await withProfile(async (profile) => {
    const context = await browserFor(profile);
    const first = await open(context);
    await keep(first);
    await withSecondVersion(folder, async () => {
      const second = await open(context);
      await second.waitForFunction(newerWaits);
      for (const page of [first, second]) {
        await page.reload();
        assert.equal(await page.locator(".wordmark").textContent(), "PlotLens");
        assert.equal(await page.locator("html[data-second]").count(), 0);
        await isReady(page);
      }
      assert.equal(await genreOf(second, UNMISTAKABLE.War), "War");
      await first.close();
      await second.close();

      const third = await openNewest(() => open(context));
      await context.setOffline(true);
      await third.reload();
      assert.equal(await third.locator(".wordmark").textContent(), "Second");
      await third.locator("html[data-second]").waitFor({ state: "attached" });
      assert.equal(await genreOf(third, UNMISTAKABLE.Horror), "Horror");
      assert.equal(await third.evaluate(async () => (await caches.keys()).length), 1);
    });
    await context.close();
  });
});

test("a browser that looks for a newer service worker by itself loses nothing of what is kept", async () => {
  await withProfile(async (profile) => {
    const context = await browserFor(profile);
    const page = await open(context);
    await keep(page);
    await withSecondVersion(folder, async () => {
      const refused = await page.evaluate(async () => {
        const registration = await navigator.serviceWorker.getRegistration();
        const update = registration?.update();
        const found = await update;
        const worker = found?.installing;
        if (worker && worker.state !== "redundant")
          await new Promise((resolve) =>
            worker.addEventListener("statechange", () => {
              if (worker.state !== "installing") resolve(null);
            }),
          );
        return worker?.state;
      });
      assert.equal(refused, "redundant");
    });
    await context.setOffline(true);
    await page.reload();
    await isReady(page);
    assert.equal(await page.locator(".wordmark").textContent(), "PlotLens");
    await context.close();
  });
});

test("a kept file that was damaged is noticed and fetched anew", async () => {
  await withProfile(async (profile) => {
    const context = await browserFor(profile);
    let page = await open(context);
    await keep(page);
    await page.evaluate(damage, [
      "page/format.js",
      "model/distilbert.onnx",
      "wasm/relaxed/plotlens_bg.wasm",
    ]);
    await page.close();
    page = await open(context);
    assert.equal(await genreOf(page, UNMISTAKABLE["Sci-Fi"]), "Sci-Fi");
    await page.reload();
    await isReady(page);
    await context.setOffline(true);
    await page.reload();
    assert.equal(await genreOf(page, UNMISTAKABLE.Comedy), "Comedy");
    await context.close();
  });
});

test("damage that the page does not meet is said, and mended where the user asks", async () => {
  await withProfile(async (profile) => {
    const context = await browserFor(profile);
    const page = await open(context);
    await keep(page);
    await page.evaluate(damage, ["evaluate/report.js"]);
    await page.reload();
    await note(page)
      .filter({ hasText: /^What was kept is damaged/ })
      .waitFor();
    await keep(page);
    await context.setOffline(true);
    await page.reload();
    await isReady(page);
    await context.close();
  });
});

test("a damaged version that the server no longer has gives way to the newer one, unmixed", async () => {
  await withProfile(async (profile) => {
    const context = await browserFor(profile);
    const page = await open(context);
    await keep(page);
    await page.evaluate(damage, ["page/format.js"]);
    await withSecondVersion(folder, async () => {
      await page.reload();
      assert.equal(await page.locator("html[data-second]").count(), 0);
      await page.waitForFunction(async () => (await caches.keys()).length === 0);
      await page.reload();
      assert.equal(await page.locator(".wordmark").textContent(), "Second");
      await page.locator("html[data-second]").waitFor({ state: "attached" });
      assert.equal(await genreOf(page, UNMISTAKABLE.Horror), "Horror");
    });
    await context.close();
  });
});

test("two pages that are asked to keep it at once both come to an end", async () => {
  await withProfile(async (profile) => {
    const context = await browserFor(profile);
    const pages = [await open(context), await open(context)];
    await Promise.all(pages.map(keep));
    const third = await open(context);
    await isReady(third);
    await third.locator("#offline-remove").click();
    await pages[0]?.reload();
    assert.deepEqual(await third.evaluate(() => caches.keys()), []);
    await context.close();
  });
});

test("a download that stopped goes on where it stopped, and takes nothing damaged along", async () => {
  await withProfile(async (profile) => {
    const context = await browserFor(profile);
    const page = await open(context);
    await bothModelsReady(page);
    const kept = "page/format.js";
    const asked = () => {
      const paths = site.requests.splice(0).map((path) => path.replace("/films/", ""));
      return [...new Set(paths)].filter((path) => !["files.json", "sw.js"].includes(path));
    };
    const stops = async () => {
      asked();
      await page.locator("#offline-keep").click();
      await note(page)
        .filter({ hasText: /^The download stopped/ })
        .waitFor();
      return asked();
    };
    site.spoil("page/reader.js", { kind: "hang-up" });
    const first = await stops();
    assert.ok(first.includes(kept) && first.includes("model/distilbert.onnx"));
    site.spoil("page/reader.js", { kind: "flipped" });
    assert.deepEqual(await stops(), ["page/reader.js"]);
    await page.reload();
    await note(page)
      .filter({ hasText: /^A download stopped at [\d.]+.MB/ })
      .waitFor();
    await bothModelsReady(page);
    site.heal();
    asked();
    await keep(page);
    const rest = asked();
    assert.ok(rest.includes("page/reader.js") && !rest.includes("model/distilbert.onnx"));
    await context.setOffline(true);
    await page.reload();
    assert.equal(await genreOf(page, UNMISTAKABLE.War), "War");
    await context.close();
  });
});

test("a download that stopped can be removed", async () => {
  await withProfile(async (profile) => {
    const context = await browserFor(profile);
    const page = await open(context);
    site.spoil("page/reader.js", { kind: "missing" });
    await page.locator("#offline-keep").click();
    await note(page)
      .filter({ hasText: /^The download stopped/ })
      .waitFor();
    site.heal();
    assert.equal(await page.evaluate(async () => (await caches.keys()).length), 1);
    await page.locator("#offline-remove").click();
    await note(page)
      .filter({ hasText: /^Removed/ })
      .waitFor();
    assert.deepEqual(await page.evaluate(() => caches.keys()), []);
    await context.close();
  });
});

test("storage that is refused is said, and the page goes on from memory", async () => {
  await withProfile(async (profile) => {
    const context = await browserFor(profile);
    const page = await open(context);
    const session = await context.newCDPSession(page);
    const { origin } = new URL(site.url);
    await session.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 2_000_000 });
    await page.locator("#offline-keep").click();
    await note(page)
      .filter({ hasText: /^This browser refused to store it/ })
      .waitFor();
    assert.deepEqual(await page.evaluate(() => caches.keys()), []);
    assert.equal(await genreOf(page, UNMISTAKABLE.Western), "Western");
    assert.equal(await page.locator("#offline-keep").isVisible(), true);
    await context.close();
  });
});

test("a page whose program did not come can be kept all the same", async () => {
  await withProfile(async (profile) => {
    const context = await browserFor(profile);
    await context.route("**/page/app.js", (route) => route.abort(), { times: 1 });
    const page = await open(context);
    await keep(page);
    await page.reload();
    await context.setOffline(true);
    assert.equal(await genreOf(page, UNMISTAKABLE.Western), "Western");
    await context.close();
  });
});
