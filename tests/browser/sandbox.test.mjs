import assert from "node:assert/strict";
import { after, test } from "node:test";
import { WITH_BLOBS, withElement, withFrame } from "./support/frames.mjs";
import { SITE_CSP } from "./support/server.mjs";
import { setUpStage } from "./support/stage.mjs";

/** @import { Frame } from "playwright-core" */

// Documents that a test makes up have no address space, and may not ask this machine for anything.
const args = ["--disable-features=LocalNetworkAccessChecks"];
const headers = { "access-control-allow-origin": "*" };
const shared = await setUpStage({ args, headers });
const unshared = await setUpStage({ args });
after(() => Promise.all([shared.close(), unshared.close()]));

/**
 * A page that holds nothing but a sandboxed frame with an element.
 *
 * @param {typeof shared} stage
 * @param {{ sandbox: string, policy: string }} options
 */
async function framed(stage, { sandbox, policy }) {
  const opened = await stage.open({
    path: "outer.html",
    before: async (page) => {
      await page.route("**/outer.html", (route) =>
        route.fulfill({
          contentType: "text/html",
          body: withFrame(sandbox, "inner.html"),
        }),
      );
      await page.route("**/inner.html", (route) =>
        route.fulfill({
          contentType: "text/html",
          headers: { "content-security-policy": policy },
          body: withElement(""),
        }),
      );
    },
  });
  const frame = opened.page.frames().find((found) => found.url().endsWith("inner.html"));
  assert.ok(frame);
  return { ...opened, frame };
}

/**
 * What an element chose, once both models have read its text.
 *
 * @param {Frame} frame
 */
async function chosen(frame) {
  const found = await frame.waitForFunction(() => {
    const element = /** @type {any} */ (document.querySelector("plot-lens"));
    return element?.answer?.model === "blend" && element.chosen;
  });
  return found.jsonValue();
}

test("a frame that keeps its site's origin needs nothing else", async () => {
  const sandbox = "allow-scripts allow-same-origin";
  const { frame, problems, close } = await framed(unshared, { sandbox, policy: SITE_CSP });
  assert.ok((await chosen(frame)).includes("Western"));
  assert.deepEqual(problems, []);
  await close();
});

test("a frame without an origin needs files that are shared, and workers of its own making", async () => {
  const sandbox = "allow-scripts";
  const { frame, problems, close } = await framed(shared, { sandbox, policy: WITH_BLOBS });
  assert.ok((await chosen(frame)).includes("Western"));
  assert.equal(await frame.evaluate(() => self.origin), "null");
  assert.deepEqual(problems, []);
  await close();
});

test("where the policy lets no worker start, the element says that it stopped", async () => {
  const sandbox = "allow-scripts";
  const { frame, close } = await framed(shared, { sandbox, policy: SITE_CSP });
  await frame.locator("plot-lens [part=retry]").waitFor();
  assert.match(
    String(await frame.locator("plot-lens .note p").textContent()),
    /stopped unexpectedly/,
  );
  assert.deepEqual(await frame.evaluate("document.querySelector('plot-lens').chosen"), []);
  await close();
});

test("a site may keep the files on another host", async () => {
  const folder = shared.url;
  const address = folder.replace("127.0.0.1", "localhost");
  const policy = WITH_BLOBS.replaceAll("'self'", `'self' ${new URL(folder).origin}`);
  const { page, problems, close } = await shared.open({
    before: (fresh) =>
      fresh.route("**/site.html", (route) =>
        route.fulfill({
          contentType: "text/html",
          headers: { "content-security-policy": policy },
          body: withElement(folder),
        }),
      ),
  });
  await page.goto(`${address}site.html`);
  assert.ok((await chosen(page.mainFrame())).includes("Western"));
  const others = problems.filter((problem) => problem !== `request to ${address}site.html`);
  assert.deepEqual(others, []);
  await close();
});
