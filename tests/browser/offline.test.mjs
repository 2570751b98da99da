import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { inventory, readFolder } from "../../packaging/files.mjs";
import { serve } from "./support/server.mjs";
import { answered, bothModelsReady, findChrome, paste, seen } from "./support/stage.mjs";
import { UNMISTAKABLE } from "./support/texts.mjs";

/** @import { BrowserContext, Page } from "playwright-core" */

const WWW = fileURLToPath(new URL("../../www/", import.meta.url));
/** A copy of the page that may change, as a site's folder does. */
const folder = await mkdtemp(path.join(os.tmpdir(), "plotlens-offline-"));
const own = (/** @type {string} */ name) => !name.includes("/wasm/tract");
await cp(WWW, folder, { recursive: true, filter: own });
await release();
const site = await serve({ root: folder, prefix: "/films/", hidesIndex: true });
after(async () => {
  await site.close();
  await rm(folder, { recursive: true });
});

/** Lists the folder's files anew, as a build does. */
async function release() {
  const listed = (/** @type {string} */ name) => name !== "files.json" && name !== "sw.js";
  await writeFile(path.join(folder, "files.json"), inventory(await readFolder(folder, listed)));
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
  context.setDefaultTimeout(60_000);
  return context;
}

/** @param {(profile: string) => Promise<void>} use */
async function withProfile(use) {
  const profile = await mkdtemp(path.join(os.tmpdir(), "plotlens-profile-"));
  try {
    await use(profile);
  } finally {
    await rm(profile, { recursive: true, force: true });
  }
}

/** @param {BrowserContext} context */
async function open(context) {
  const page = await context.newPage();
  await page.goto(site.url);
  return page;
}

/**
 * A page after the last one was closed: the browser changes the service worker soon after, and a page
 * that comes first keeps the old one a little longer.
 *
 * @param {BrowserContext} context
 */
async function openNewest(context) {
  for (;;) {
    const page = await open(context);
    const waits = await page.evaluate(async () => {
      const registration = await navigator.serviceWorker.getRegistration();
      return registration?.installing != null || registration?.waiting != null;
    });
    if (!waits) {
      // It may have been fetched in the very moment of the change.
      await page.reload();
      return page;
    }
    await page.close();
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
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
 * Flips a bit in the middle of kept files.
 *
 * @param {Page} page
 * @param {string[]} names
 */
async function damage(page, names) {
  await page.evaluate(async (names) => {
    const cache = await caches.open(String((await caches.keys())[0]));
    for (const name of names) {
      const kept = /** @type {Response} */ (await cache.match(name));
      const bytes = new Uint8Array(await kept.arrayBuffer());
      bytes[bytes.length >> 1] = Number(bytes[bytes.length >> 1]) ^ 1;
      await cache.put(name, new Response(bytes, { headers: kept.headers }));
    }
  }, names);
}

/**
 * Puts another version on the server while something is done.
 *
 * @param {() => Promise<void>} meanwhile
 */
async function withSecondVersion(meanwhile) {
  const changes = {
    "index.html": (/** @type {string} */ html) =>
      html.replace('<h1 class="wordmark">PlotLens</h1>', '<h1 class="wordmark">Second</h1>'),
    "page/format.js": (/** @type {string} */ code) =>
      `${code}document.documentElement.dataset.second = "";\n`,
    "sw.js": (/** @type {string} */ code) => `${code}// Second\n`,
  };
  /** @type {Map<string, string>} */
  const first = new Map();
  for (const [name, change] of Object.entries(changes)) {
    const file = path.join(folder, name);
    first.set(file, await readFile(file, "utf8"));
    await writeFile(file, change(String(first.get(file))));
  }
  await release();
  try {
    await meanwhile();
  } finally {
    for (const [file, text] of first) await writeFile(file, text);
    await release();
  }
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
    const promised = Number(/about (\d+) MB/.exec(String(await note(page).textContent()))?.[1]);
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
    await withSecondVersion(async () => {
      const second = await open(context);
      await second.waitForFunction(async () => {
        const registration = await navigator.serviceWorker.getRegistration();
        return registration?.waiting != null;
      });
      for (const page of [first, second]) {
        await page.reload();
        assert.equal(await page.locator(".wordmark").textContent(), "PlotLens");
        assert.equal(await page.locator("html[data-second]").count(), 0);
        await isReady(page);
      }
      assert.equal(await genreOf(second, UNMISTAKABLE.War), "War");
      await first.close();
      await second.close();

      const third = await openNewest(context);
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
    await withSecondVersion(async () => {
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
    await damage(page, [
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
    await damage(page, ["evaluate/report.js"]);
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
    await damage(page, ["page/format.js"]);
    await withSecondVersion(async () => {
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
