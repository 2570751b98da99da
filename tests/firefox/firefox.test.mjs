import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { after, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import puppeteer from "puppeteer-core";
import { WITH_BLOBS, withElement, withFrame } from "../browser/support/frames.mjs";
import { serve, SITE_CSP } from "../browser/support/server.mjs";
import { UNMISTAKABLE } from "../browser/support/texts.mjs";

/** @import { Page } from "puppeteer-core" */

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** The stated distance of builds from each other, as a probability. */
const TOLERANCE = 1e-3;
const PATIENCE = 120_000;

const executablePath = process.env["FIREFOX"];
if (!executablePath) throw new Error("Name a Firefox in the variable FIREFOX.");
const browser = await puppeteer.launch({ browser: "firefox", executablePath, headless: true });
const site = await serve({ prefix: "/films/" });
after(async () => {
  await browser.close();
  await site.close();
});

/**
 * @param {string} address
 * @param {(page: Page) => Promise<void>} use
 */
async function on(address, use) {
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE);
  /** @type {string[]} */
  const problems = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  // Violations of the policy are among them.
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  page.on("request", (request) => {
    const url = request.url();
    const isOwn = new URL(url).origin === new URL(address).origin;
    if (!isOwn && !/^(file|blob|data):/.test(url)) problems.push(url);
  });
  await page.goto(address);
  await use(page);
  assert.deepEqual(problems, []);
  await page.close();
}

/**
 * @param {Page} page
 * @param {string} text
 */
async function read(page, text) {
  await page.waitForSelector("#load-line[data-done]");
  // Typing would take Firefox seconds; pasting needs a permission that its driver cannot give.
  await page.$eval(
    "#text",
    (host, value) => {
      host.replaceChildren(value, document.createElement("br"));
      host.dispatchEvent(new InputEvent("input"));
    },
    text,
  );
  await page.waitForSelector('#answer[data-by="both"]');
  return page.$$eval(".genre", (rows) =>
    rows.map((row) => ({
      name: row.querySelector(".name")?.textContent ?? "",
      chosen: row.hasAttribute("data-chosen"),
      probability: Number(/** @type {HTMLElement} */ (row).style.getPropertyValue("--probability")),
    })),
  );
}

/** @param {string} text */
function byCommandLine(text) {
  const options = { input: text, encoding: /** @type {const} */ ("utf8"), cwd: ROOT };
  const command = `${ROOT}target/release/plotlens`;
  return JSON.parse(execFileSync(command, ["classify", "-", "--json"], options));
}

test("the page gives the genres and probabilities of the command line, and paints them", async () => {
  await on(site.url, async (page) => {
    for (const text of Object.values(UNMISTAKABLE)) {
      const rows = await read(page, text);
      for (const { genre, probability, chosen } of byCommandLine(text).genres) {
        const row = rows.find(({ name }) => name === genre);
        assert.equal(row?.chosen, chosen, genre);
        assert.ok(Math.abs(Number(row?.probability) - probability) < TOLERANCE, genre);
      }
      const painted = await page.evaluate(() =>
        [...CSS.highlights.values()].reduce((sum, { size }) => sum + size, 0),
      );
      assert.ok(painted > 0);
    }
  });
});

test("the keyboard reaches the genres and moves the paint", async () => {
  await on(site.url, async (page) => {
    await page.waitForSelector("#load-line[data-done]");
    await page.focus("#text");
    await page.keyboard.type("A sheriff and his outlaws ride out.");
    await page.waitForSelector('#answer[data-by="both"]');
    for (let stops = 0; stops < 40; stops += 1) {
      await page.keyboard.press("Tab");
      if (await page.evaluate(() => document.activeElement?.matches(".genre"))) break;
    }
    await page.keyboard.press("ArrowDown");
    const title = await page.$eval("#why-title", (heading) => heading.textContent);
    const focused = await page.evaluate(
      () => document.activeElement?.querySelector(".name")?.textContent,
    );
    assert.equal(title, `Why ${focused}?`);
  });
});

test("the element answers", async () => {
  await on(site.url, async (page) => {
    await page.evaluate(
      async (address, text) => {
        await import(address);
        const element = document.createElement("plot-lens");
        element.setAttribute("value", text);
        document.body.prepend(element);
      },
      `${site.url}element.js`,
      UNMISTAKABLE.War,
    );
    await page.waitForFunction(
      () => /** @type {any} */ (document.querySelector("plot-lens"))?.answer?.model === "blend",
    );
    const chosen = await page.$eval("plot-lens", (element) => /** @type {any} */ (element).chosen);
    assert.ok(chosen.includes("War"));
  });
});

for (const [sandbox, policy, origin] of [
  ["allow-scripts allow-same-origin", SITE_CSP, "its site's"],
  ["allow-scripts", WITH_BLOBS, "no"],
]) {
  test(`the element answers in a sandboxed frame that has ${origin} origin`, async () => {
    const framing = await serve({
      headers: { "access-control-allow-origin": "*" },
      made: {
        "outer.html": { body: withFrame(String(sandbox), "inner.html"), policy: "" },
        "inner.html": { body: withElement(""), policy: String(policy) },
      },
    });
    await on(`${framing.url}outer.html`, async (page) => {
      const frame = await page.waitForFrame((found) => found.url().endsWith("inner.html"));
      const isDone = () =>
        /** @type {any} */ (document.querySelector("plot-lens"))?.answer?.model === "blend";
      await frame.waitForFunction(isDone, { timeout: PATIENCE });
      const chosen = await frame.$eval("plot-lens", (lens) => /** @type {any} */ (lens).chosen);
      assert.ok(chosen.includes("Western"));
      const own = await frame.evaluate(() => self.origin);
      assert.equal(own, origin === "no" ? "null" : new URL(framing.url).origin);
    });
    await framing.close();
  });
}

test("kept for offline use, it works when the server is gone", async () => {
  const gone = await serve();
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE);
  await page.goto(gone.url);
  await page.waitForSelector("#offline:not([hidden])");
  await page.$eval("#offline-keep", (button) => /** @type {HTMLElement} */ (button).click());
  await page.waitForFunction(() =>
    document.querySelector("#offline-note")?.textContent?.startsWith("Ready offline"),
  );
  await gone.close();
  await page.goto(gone.url);
  const rows = await read(page, UNMISTAKABLE.Western);
  assert.equal(rows[0]?.name, "Western");
  await page.close();
});

test("the single file opens from the disk", async () => {
  const file = `${ROOT}pkg/plotlens.html`;
  assert.ok(existsSync(file), "Make it first: ./build.sh dist --single-file");
  await on(pathToFileURL(file).href, async (page) => {
    const rows = await read(page, UNMISTAKABLE.Horror);
    assert.equal(rows[0]?.name, "Horror");
  });
});
