import assert from "node:assert/strict";
import { cp, rename } from "node:fs/promises";
import { after, test } from "node:test";
import { isAnswered, looksOf } from "../browser/support/element.mjs";
import { withFolder } from "../browser/support/folders.mjs";
import { WITH_BLOBS, withElement, withFrame } from "../browser/support/frames.mjs";
import { SITE_CSP } from "../browser/support/server.mjs";
import { shareOneWorker } from "../browser/support/sharing.mjs";
import { UNMISTAKABLE } from "../browser/support/texts.mjs";
import { insert, PATIENCE, ROOT, startFirefox, withSite } from "./support.mjs";

/** @import { Page } from "puppeteer-core" */
/** @typedef {Parameters<Parameters<typeof withSite>[1]>[0]} Site */

const { on, close } = await startFirefox();
after(() => close());

/**
 * A site of somebody else's, with PlotLens beside its one page.
 *
 * @param {string} body
 * @param {string} [folder] where PlotLens lies
 */
function siteWith(body, folder = "") {
  return {
    "site.html": {
      body: `<!doctype html><meta charset="utf-8" />
        <script type="module" src="${folder}element.js"></script><body>${body}`,
      policy: SITE_CSP,
    },
  };
}

/**
 * @param {Parameters<typeof withSite>[0]} options
 * @param {(page: Page, site: Site) => Promise<void>} use on site.html
 */
async function onSite(options, use) {
  await withSite(options, (site) => on(`${site.url}site.html`, (page) => use(page, site)));
}

test("the element answers for the text that is put into it, and paints it", async () => {
  await onSite({ made: siteWith("<plot-lens></plot-lens>") }, async (page) => {
    await page.locator("plot-lens >>> .sheet").click();
    await insert(page, UNMISTAKABLE.War);
    await page.waitForFunction(isAnswered);
    const { chosen, names, visible } = await page.evaluate(looksOf);
    assert.ok(chosen.includes("War") && visible);
    assert.equal(names[0], chosen[0]);
    const painted = await page.evaluate(() => {
      const sheet = document.querySelector("plot-lens")?.shadowRoot?.querySelector(".sheet");
      const ranges = [...CSS.highlights.values()].flatMap((highlight) => [...highlight]);
      return ranges.filter((range) => sheet?.contains(range.startContainer)).length;
    });
    assert.ok(painted > 0);
  });
});

test("two elements share one worker, which ends with the last; one added again has its own", async () => {
  await onSite({ made: siteWith("") }, async (page) => {
    let started = 0;
    page.on("workercreated", () => (started += 1));
    await page.evaluate(() => {
      for (const id of ["a", "b"])
        document.body.append(Object.assign(document.createElement("plot-lens"), { id }));
    });
    await shareOneWorker({
      evaluate: (look, given) => page.evaluate(look, given),
      until: (look, given) => page.waitForFunction(look, {}, given),
      running: () => page.workers().length,
      started: () => started,
    });
  });
});

test("the models may be moved to another folder", async () => {
  await withFolder(async (root) => {
    await cp(`${ROOT}www`, `${root}/plotlens`, { recursive: true });
    await rename(`${root}/plotlens/model`, `${root}/models`);
    const lens = `<plot-lens model="models" value="${UNMISTAKABLE.War}"></plot-lens>`;
    await onSite({ root, made: siteWith(lens, "plotlens/") }, async (page, { requests }) => {
      await page.waitForFunction(isAnswered);
      assert.ok((await page.evaluate(looksOf)).chosen.includes("War"));
      assert.ok(requests.includes("/models/distilbert.onnx"));
      assert.ok(!requests.some((path) => path.startsWith("/plotlens/model/")));
    });
  });
});

for (const [sandbox, policy, origin] of [
  ["allow-scripts allow-same-origin", SITE_CSP, "its site's"],
  ["allow-scripts", WITH_BLOBS, "no"],
]) {
  test(`the element answers in a sandboxed frame that has ${origin} origin`, async () => {
    const framing = {
      headers: { "access-control-allow-origin": "*" },
      made: {
        "site.html": { body: withFrame(String(sandbox), "inner.html"), policy: "" },
        "inner.html": { body: withElement(""), policy: String(policy) },
      },
    };
    await onSite(framing, async (page, { url }) => {
      const frame = await page.waitForFrame((found) => found.url().endsWith("inner.html"));
      await frame.waitForFunction(isAnswered, { timeout: PATIENCE });
      assert.ok((await frame.evaluate(looksOf)).chosen.includes("Western"));
      const own = await frame.evaluate(() => self.origin);
      assert.equal(own, origin === "no" ? "null" : new URL(url).origin);
    });
  });
}
