import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import puppeteer from "puppeteer-core";
import { serve } from "../browser/support/server.mjs";

/** @import { Page } from "puppeteer-core" */

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** What a browser may need for a step on a busy machine, in milliseconds. */
export const PATIENCE = 120_000;

/**
 * A Firefox that notes everything that should not happen.
 *
 * @param {{ userDataDir?: string }} [options] a profile that outlives it; a fresh one where left out
 */
export async function startFirefox(options = {}) {
  const executablePath = process.env["FIREFOX"];
  if (!executablePath) throw new Error("Name a Firefox in the variable FIREFOX.");
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath,
    headless: true,
    timeout: PATIENCE,
    ...options,
  });
  /** @type {string[]} */
  const problems = [];

  /** @param {string} address */
  async function open(address) {
    const page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE);
    const { origin } = new URL(address);
    // Violations of the policy are among them.
    page.on("pageerror", (error) => problems.push(String(error)));
    page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
    page.on("request", (request) => {
      const url = request.url();
      const isOwn = new URL(url).origin === origin;
      if (!isOwn && !/^(file|blob|data):/.test(url)) problems.push(`request to ${url}`);
    });
    await page.goto(address);
    return page;
  }

  /** Nothing has happened that should not. */
  function isWell() {
    assert.deepEqual(problems, []);
  }

  /**
   * Something done on a page that goes well.
   *
   * @param {string} address
   * @param {(page: Page) => Promise<void>} use
   */
  async function on(address, use) {
    // What a test before it left behind is not its own.
    problems.length = 0;
    const page = await open(address);
    await use(page);
    isWell();
    await page.close();
  }

  return { open, on, isWell, close: () => browser.close() };
}

/** @typedef {Awaited<ReturnType<typeof startFirefox>>} Firefox */

/**
 * Something done in a Firefox with a profile, in which all goes well.
 *
 * @param {string} userDataDir
 * @param {(firefox: Firefox) => Promise<void>} use
 */
export async function inProfile(userDataDir, use) {
  const firefox = await startFirefox({ userDataDir });
  try {
    await use(firefox);
    firefox.isWell();
  } finally {
    await firefox.close();
  }
}

/**
 * Something done with a server of its own.
 *
 * @param {Parameters<typeof serve>[0]} options
 * @param {(site: Awaited<ReturnType<typeof serve>>) => Promise<void>} use
 */
export async function withSite(options, use) {
  const site = await serve(options);
  try {
    await use(site);
  } finally {
    await site.close();
  }
}

/**
 * Puts a text where the cursor is, at once: typing would take Firefox seconds, and pasting needs a
 * permission that its driver cannot give.
 *
 * @param {Page} page
 * @param {string} text
 */
export async function insert(page, text) {
  await page.evaluate((text) => document.execCommand("insertText", false, text), text);
}

/**
 * The genres that both models find for a text, as the page shows them.
 *
 * @param {Page} page
 * @param {string} text
 */
export async function read(page, text) {
  await page.waitForSelector("#load-line[data-done]");
  await page.focus("#text");
  await page.keyboard.down("Control");
  await page.keyboard.press("a");
  await page.keyboard.up("Control");
  await insert(page, text);
  await page.waitForSelector('#answer[data-by="both"]');
  return page.$$eval(".genre", (rows) =>
    rows.map((row) => ({
      name: row.querySelector(".name")?.textContent ?? "",
      chosen: row.hasAttribute("data-chosen"),
      probability: Number(
        /[\d.]+/.exec(row.querySelector(".bar")?.getAttribute("style") ?? "")?.[0],
      ),
    })),
  );
}
