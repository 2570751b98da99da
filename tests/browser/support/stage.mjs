import { execFileSync } from "node:child_process";
import { chromium } from "playwright-core";
import { serve } from "./server.mjs";

/** @import { BrowserContextOptions, Page } from "playwright-core" */

/** The build of the core that Chromium runs. */
export const BUILD = "wasm/relaxed";

/**
 * Makes a page take its browser for one without an instruction: the probes that hold it fail. 0x85 is
 * part of relaxed SIMD's, 0x0f of every probe.
 *
 * @param {Page} page
 * @param {number} byte
 */
export async function hideInstruction(page, byte) {
  await page.route("**/engine/builds.js", async (route) => {
    const response = await route.fetch();
    const lie = `
      const validate = WebAssembly.validate;
      WebAssembly.validate = (bytes) => !bytes.includes(${byte}) && validate(bytes);`;
    await route.fulfill({ response, body: (await response.text()) + lie });
  });
}

/** What a browser may need for a step on a busy machine, in milliseconds. */
const PATIENCE = 60_000;

/**
 * Notes everything that should not happen on a page.
 *
 * @param {Page} page
 * @param {string} url of its site: no other origin is asked
 */
export async function watch(page, url) {
  /** @type {string[]} */
  const problems = [];
  page.on("pageerror", (error) => problems.push(`error: ${error.stack}`));
  page.on("console", (message) => {
    const text = message.text();
    // The browser itself reports each refused file; the tests that refuse some look for our words.
    if (message.type() === "error" && !text.startsWith("Failed to load")) problems.push(text);
  });
  page.on("dialog", (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol !== "data:" && origin !== new URL(url).origin) {
      problems.push(`request to ${request.url()}`);
    }
  });
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      const { violatedDirective, blockedURI, sourceFile, lineNumber } = event;
      const by = `${blockedURI} at ${sourceFile}:${lineNumber}`;
      const left = document.defaultView === null ? ", on a page that was left" : "";
      console.error(`policy violated: ${violatedDirective} by ${by}${left}`);
    });
  });
  return problems;
}

/**
 * A browser and a server for one file of tests. The server is our own, or the one that the variable
 * PLOTLENS_URL names; that one cannot be spoiled.
 *
 * @param {{ prefix?: string, root?: string, cacheControl?: string, headers?: Record<string, string>, args?: string[] }} [options]
 *   what the server is told, and further arguments of the browser
 */
export async function setUpStage({ args = [], ...options } = {}) {
  const own = process.env["PLOTLENS_URL"] === undefined ? await serve(options) : null;
  const url = process.env["PLOTLENS_URL"] ?? own?.url ?? "";
  const browser = await chromium.launch({
    executablePath: findChrome(),
    args: ["--no-sandbox", ...args],
  });

  /**
   * A fresh page on PlotLens that notes everything that should not happen.
   *
   * @param {BrowserContextOptions & { path?: string, before?: (page: Page) => Promise<unknown> }} [options]
   */
  async function open({ path = "", before, ...options } = {}) {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 900 },
      permissions: ["clipboard-read", "clipboard-write"],
      ...options,
    });
    context.setDefaultTimeout(PATIENCE);
    const page = await context.newPage();
    const problems = await watch(page, url);
    await before?.(page);
    await page.goto(url + path);
    const close = async () => {
      // A route that is still being answered would fail after the test, and with it the whole file.
      await Promise.all(
        context.pages().map((open) => open.unrouteAll({ behavior: "ignoreErrors" })),
      );
      await context.close();
    };
    return { page, problems, close };
  }

  return {
    url,
    server: own,
    open,
    close: async () => {
      await browser.close();
      await own?.close();
    },
  };
}

export function findChrome() {
  if (process.env["CHROME"]) return process.env["CHROME"];
  for (const name of ["chromium", "google-chrome", "chromium-browser", "chrome"]) {
    try {
      return execFileSync("which", [name], { encoding: "utf8" }).trim();
    } catch {
      // Not that one.
    }
  }
  throw new Error("No Chromium found; name one in the variable CHROME.");
}

/** @param {Page} page */
export async function bothModelsReady(page) {
  await page.locator("#load-line[data-done]").waitFor({ state: "attached" });
}

/**
 * Replaces the text by pasting another one, as a person would.
 *
 * @param {Page} page
 * @param {string} text
 */
export async function paste(page, text) {
  await page.evaluate((value) => navigator.clipboard.writeText(value), text);
  await page.locator("#text").focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Control+v");
}

/**
 * Waits until a model has read the text as it stands.
 *
 * @param {Page} page
 * @param {"keywords" | "both"} [model]
 */
export async function answered(page, model = "both") {
  await page.locator(`#answer[data-by="${model}"]`).waitFor();
}

/**
 * Pastes a text and waits for the answer of both models.
 *
 * @param {Page} page
 * @param {string} text
 */
export async function read(page, text) {
  await paste(page, text);
  await answered(page);
}

/**
 * What the page says.
 *
 * @param {Page} page
 */
export async function seen(page) {
  return page.evaluate(() => {
    /** @param {string} selector */
    const text = (selector) => document.querySelector(selector)?.textContent ?? "";
    const rows = [...document.querySelectorAll(".genre")].map((row) => ({
      name: row.querySelector(".name")?.textContent ?? "",
      percent: row.querySelector(".percent")?.textContent ?? "",
      distilbert: row.querySelector(".distilbert")?.textContent ?? "",
      keywords: row.querySelector(".keywords")?.textContent ?? "",
      chosen: row.hasAttribute("data-chosen"),
      selected: row.getAttribute("aria-selected") === "true",
      probability: Number(
        /[\d.]+/.exec(row.querySelector(".bar")?.getAttribute("style") ?? "")?.[0],
      ),
      label: row.getAttribute("aria-label") ?? "",
    }));
    const status = /** @type {HTMLElement | null} */ (document.querySelector("#status"));
    return {
      verdict: text("#verdict"),
      note: text("#note-text"),
      status: text("#status"),
      code: status?.dataset["code"] ?? "",
      title: text("#why-title"),
      whyNote: text("#why-note"),
      readout: text("#readout"),
      said: text("#announcer"),
      rows,
    };
  });
}

/**
 * The text on the surface, read from its nodes independently of the page's own code.
 *
 * @param {Page} page
 */
export async function surfaceText(page) {
  return page.locator("#text").evaluate((host) => {
    if (host instanceof HTMLTextAreaElement) return host.value;
    const nodes = [...host.childNodes];
    if (nodes.at(-1)?.nodeName === "BR") nodes.pop();
    return nodes.map((node) => (node.nodeName === "BR" ? "\n" : node.textContent)).join("");
  });
}

/**
 * Every highlight that is painted now: its name and the offset and text of each of its ranges.
 *
 * @param {Page} page
 */
export async function painted(page) {
  return page.evaluate(() => {
    const host = /** @type {HTMLElement} */ (document.querySelector("#text"));
    /** @type {{ name: string, start: number, text: string }[]} */
    const found = [];
    CSS.highlights.forEach((highlight, name) => {
      for (const range of highlight) {
        const before = document.createRange();
        before.setStart(host, 0);
        before.setEnd(range.startContainer, range.startOffset);
        found.push({
          name: name.replace("plotlens-", ""),
          start: before.toString().length,
          text: String(range),
        });
      }
    });
    return found.sort((a, b) => a.start - b.start);
  });
}
