import assert from "node:assert/strict";
import { after, test } from "node:test";
import { isAnswered, looksOf } from "./support/element.mjs";
import { SITE_CSP } from "./support/server.mjs";
import { shareOneWorker } from "./support/sharing.mjs";
import { setUpStage } from "./support/stage.mjs";
import { PLAIN, UNMISTAKABLE } from "./support/texts.mjs";

/** @import { Page } from "playwright-core" */

const stage = await setUpStage({ prefix: "/some/where/" });
after(() => stage.close());

const SCRIPT = '<script type="module" src="plotlens/element.js"></script>';

/**
 * A site of somebody else's under our policy, with PlotLens in a folder of it.
 *
 * @param {string} body
 * @param {{ head?: string, colorScheme?: "light" | "dark" }} [options]
 */
async function site(body, { head = "", ...options } = {}) {
  const html = `<!doctype html><html lang="en"><meta charset="utf-8" /><title>Site</title>${head}${SCRIPT}<body>${body}`;
  /** @type {string[]} */
  const scripts = [];
  const opened = await stage.open({
    ...options,
    path: "site.html",
    before: async (page) => {
      await page.route("**/site.html", (route) =>
        route.fulfill({
          contentType: "text/html",
          body: html,
          headers: { "content-security-policy": `${SITE_CSP}; form-action 'self'` },
        }),
      );
      // The folder can have any name: the server knows it by none.
      await page.route("**/plotlens/**", async (route) => {
        const url = route.request().url().replace("/plotlens/", "/");
        await route.fulfill({ response: await route.fetch({ url }) });
      });
      page.on("worker", (worker) => scripts.push(worker.url()));
      await page.addInitScript(() => {
        /** @type {{ type: string, detail: unknown }[]} */
        const told = [];
        Object.assign(window, { told });
        for (const what of ["ready", "progress", "result", "error"]) {
          addEventListener(`plotlens-${what}`, (event) => {
            const { type, detail } = /** @type {CustomEvent} */ (event);
            const error = detail instanceof Error ? { .../** @type {object} */ (detail) } : detail;
            told.push({ type, detail: error });
          });
        }
      });
    },
  });
  return { ...opened, workers: scripts };
}

/**
 * Waits for both models' answer of an element.
 *
 * @param {Page} page
 * @param {string} [selector]
 */
async function answered(page, selector) {
  await page.waitForFunction(isAnswered, selector);
}

/**
 * What an element shows.
 *
 * @param {Page} page
 * @param {string} [selector]
 */
function shown(page, selector) {
  return page.evaluate(looksOf, selector);
}

test("one line answers for a text, and the page it is on is left alone", async () => {
  const value = UNMISTAKABLE.Western.replaceAll('"', "&quot;");
  const { page, problems, close } = await site(`<plot-lens value="${value}"></plot-lens>`);
  await answered(page);
  const { verdict, names, chosen, visible, note } = await shown(page);
  assert.ok(chosen.includes("Western") && verdict?.includes("Western"));
  assert.ok(names.length >= 5 && names.length < 21);
  assert.equal(names[0], chosen[0]);
  assert.match(String(note), /words read$/);
  assert.ok(visible);
  const told = await page.evaluate(() => /** @type {any} */ (window).told);
  const types = told.map((/** @type {{ type: string }} */ { type }) => type);
  assert.ok(types.includes("plotlens-ready") && types.includes("plotlens-progress"));
  const { detail } = told.at(-1);
  assert.deepEqual([detail.text, detail.final], [UNMISTAKABLE.Western, true]);
  assert.equal(await page.evaluate(() => document.head.querySelectorAll("link, style").length), 0);
  assert.deepEqual(problems, []);
  await close();
});

test("it paints the text that is typed into it, and says so to a screen reader", async () => {
  const { page, problems, close } = await site("<plot-lens></plot-lens>");
  await page.locator("plot-lens").getByRole("textbox", { name: "The plot" }).click();
  await page.keyboard.type("A sheriff and his outlaws ride for the ranch with a stolen herd.");
  await answered(page);
  const painted = await page.evaluate(() => {
    const host = document.querySelector("plot-lens")?.shadowRoot?.querySelector(".sheet");
    return [...CSS.highlights.entries()].flatMap(([name, highlight]) =>
      [...highlight]
        .filter((range) => host?.contains(range.startContainer))
        .map((range) => `${name} ${range}`),
    );
  });
  assert.ok(
    painted.some((paint) => /^plotlens-for-\d sheriff$/.test(paint)),
    painted.join(),
  );
  const labels = (await shown(page)).labels;
  assert.match(String(labels[0]), /^Western, \d+%, chosen, threshold \d+%, keyword model \d+%$/);
  await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowDown");
  const focused = await page.evaluate(
    () => document.querySelector("plot-lens")?.shadowRoot?.activeElement?.ariaLabel,
  );
  assert.equal(focused, (await shown(page)).labels[1]);
  assert.deepEqual(problems, []);
  await close();
});

test("several share one worker, and the last one that leaves ends it", async () => {
  const { page, problems, workers, close } = await site(
    `<plot-lens id="a"></plot-lens><plot-lens id="b"></plot-lens>`,
  );
  await shareOneWorker({
    evaluate: (look, given) => page.evaluate(look, given),
    until: (look, given) => page.waitForFunction(look, given),
    running: () => page.workers().length,
    started: () => workers.length,
  });
  assert.deepEqual(problems, []);
  await close();
});

test("a form submits the chosen genres, and its reset brings the first text back", async () => {
  const { page, close } = await site(
    `<form action="sent" method="get"><plot-lens name="genre" value="${UNMISTAKABLE.War}"></plot-lens>
     <button>Send</button><button type="reset">Reset</button></form>`,
  );
  await answered(page);
  const before = (await shown(page)).chosen;
  const data = () =>
    page.evaluate(() =>
      new FormData(/** @type {any} */ (document.querySelector("form"))).getAll("genre"),
    );
  assert.deepEqual(await data(), before);
  assert.ok(before.includes("War"));
  await page.evaluate((text) => {
    /** @type {any} */ (document.querySelector("plot-lens")).value = text;
  }, UNMISTAKABLE.Horror);
  assert.deepEqual(await data(), [], "an older answer is not submitted for a newer text");
  await answered(page);
  assert.ok((await data()).includes("Horror"));
  await page.getByRole("button", { name: "Reset" }).click();
  await answered(page);
  assert.deepEqual(await data(), before);
  await close();
});

test("a site that sets the text that it was told of leaves the caret where it is", async () => {
  const { page, close } = await site("<plot-lens></plot-lens>");
  await page.locator("plot-lens .sheet").click();
  await page.evaluate(() => {
    const element = /** @type {any} */ (document.querySelector("plot-lens"));
    element.addEventListener("input", () => (element.value = element.value));
  });
  await page.keyboard.type("door");
  await page.keyboard.press("Home");
  await page.keyboard.type("The ");
  assert.equal(
    await page.evaluate(() => /** @type {any} */ (document.querySelector("plot-lens")).value),
    "The door",
  );
  await close();
});

test("it cannot be edited while it is disabled, whatever else is set, and can be named late", async () => {
  const { page, close } = await site(`<form></form>`);
  const editable = () => page.locator("plot-lens .sheet").getAttribute("contenteditable");
  await page.evaluate((text) => {
    const element = /** @type {any} */ (document.createElement("plot-lens"));
    element.setAttribute("disabled", "");
    element.value = text;
    document.querySelector("form")?.append(element);
    element.strings = { question: "Which shelf?" };
  }, UNMISTAKABLE.War);
  assert.equal(await editable(), "false");
  await page.evaluate(() => document.querySelector("plot-lens")?.removeAttribute("disabled"));
  assert.equal(await editable(), "plaintext-only");
  await answered(page);
  const submitted = await page.evaluate(() => {
    document.querySelector("plot-lens")?.setAttribute("name", "genre");
    return new FormData(/** @type {any} */ (document.querySelector("form"))).getAll("genre");
  });
  assert.deepEqual(submitted, (await shown(page)).chosen);
  assert.ok(submitted.includes("War"));
  await close();
});

test("the genre that is explained stays in the list, and the list in reach of the keyboard", async () => {
  const { page, close } = await site(
    `<plot-lens genres="2" value="${UNMISTAKABLE.War}"></plot-lens>`,
  );
  await answered(page);
  const second = (await shown(page)).names.at(-1);
  await page.locator("plot-lens .genre").last().click();
  await page.locator("plot-lens .sheet").click();
  await page.keyboard.press("Control+End");
  await page.keyboard.insertText(` ${UNMISTAKABLE["Sci-Fi"]}`.slice(0, UNMISTAKABLE.War.length));
  await answered(page);
  assert.ok((await shown(page)).names.includes(second));
  assert.equal(await page.locator('plot-lens .genre[tabindex="0"]').count(), 1);
  assert.equal(
    await page.locator("plot-lens .genre[aria-selected=true] .name").textContent(),
    second,
  );
  await close();
});

test("it follows a textarea that the site has already, also when the form is reset", async () => {
  const { page, problems, close } = await site(
    `<form><plot-lens for="own" genres="3"></plot-lens><textarea id="own">A door.</textarea>
     <button type="reset">Reset</button></form>`,
  );
  await page.locator("#own").fill(UNMISTAKABLE["Sci-Fi"]);
  await page.waitForFunction(
    (text) => /** @type {any} */ (document.querySelector("plot-lens")).value === text,
    UNMISTAKABLE["Sci-Fi"],
  );
  await answered(page);
  const { names, chosen } = await shown(page);
  assert.equal(names[0], "Sci-Fi");
  assert.equal(names.length, Math.max(3, chosen.length));
  const copy = page.locator("plot-lens .sheet");
  assert.equal(await copy.getAttribute("contenteditable"), "false");
  assert.equal(await copy.textContent(), UNMISTAKABLE["Sci-Fi"]);
  await page.getByRole("button", { name: "Reset" }).click();
  assert.equal(await copy.textContent(), "A door.");
  assert.deepEqual(problems, []);
  await close();
});

test("it speaks the language around it, or the site's own words", async () => {
  const { page, close } = await site(
    `<div lang="de"><plot-lens id="de" value="${UNMISTAKABLE.War}"></plot-lens></div>
     <plot-lens id="es" lang="es-MX" value="!?"></plot-lens><plot-lens id="own"></plot-lens>`,
  );
  await page.evaluate(() => {
    const own = /** @type {any} */ (document.querySelector("#own"));
    own.strings = { question: "Which shelf?", names: { War: "Battle" } };
  });
  await answered(page, "#de");
  const german = await shown(page, "#de");
  assert.equal(german.names[0], "Krieg");
  assert.match(String(german.note), /Wörter gelesen$/);
  assert.match(String(german.labels[0]), /gewählt, Schwelle/);
  assert.equal((await shown(page, "#own")).verdict, "Which shelf?");
  await page.waitForFunction(() => {
    const spanish = document.querySelector("#es")?.shadowRoot?.querySelector(".note p");
    return spanish?.textContent === "Aquí no hay palabras.";
  });
  await close();
});

test("nothing is loaded before it is needed", async () => {
  const { page, workers, close } = await site("<plot-lens></plot-lens>");
  await page.locator("plot-lens .sheet").waitFor();
  await page.waitForTimeout(300);
  assert.equal(workers.length, 0);
  await page.locator("plot-lens .sheet").focus();
  await page.waitForFunction(() =>
    /** @type {any} */ (window).told.some(
      (/** @type {{ type: string }} */ { type }) => type === "plotlens-ready",
    ),
  );
  assert.equal(workers.length, 1);
  await close();
});

test("a failed load is told, and Retry mends it; classify answers for any text", async () => {
  const server = stage.server;
  if (server === null) return;
  server.spoil("model/manifest.json", { kind: "missing" });
  const { page, close } = await site(`<plot-lens value="${PLAIN}"></plot-lens>`);
  await page.locator("plot-lens button").waitFor();
  assert.match(String((await shown(page)).note), /did not hand over manifest.json/);
  const told = await page.evaluate(() => /** @type {any} */ (window).told);
  assert.equal(told.at(-1).type, "plotlens-error");
  assert.equal(told.at(-1).detail.code, "http-status");
  server.heal();
  await page.locator("plot-lens button").click();
  await answered(page);
  assert.equal((await shown(page)).retry, false);
  const first = await page.evaluate(async (text) => {
    const element = /** @type {any} */ (document.querySelector("plot-lens"));
    const answer = await element.classify(text);
    return [answer.genres[0].genre, element.value];
  }, UNMISTAKABLE.Horror);
  assert.deepEqual(first, ["Horror", PLAIN]);
  await close();
});

test("the models may lie in another folder", async () => {
  const { page, problems, close } = await site(
    `<plot-lens model="elsewhere/models" value="${UNMISTAKABLE.War}"></plot-lens>`,
  );
  /** @type {string[]} */
  const asked = [];
  await page.route("**/elsewhere/models/**", async (route) => {
    asked.push(route.request().url());
    const url = route.request().url().replace("/elsewhere/models/", "/model/");
    await route.fulfill({ response: await route.fetch({ url }) });
  });
  await page.reload();
  await answered(page);
  assert.ok(asked.some((url) => url.endsWith("distilbert.onnx")));
  assert.deepEqual(problems, []);
  await close();
});

test("it is light or dark as the page around it is", async () => {
  for (const scheme of /** @type {const} */ (["light", "dark"])) {
    const { page, close } = await site("<plot-lens></plot-lens>", {
      colorScheme: scheme,
      head: '<meta name="color-scheme" content="light dark" />',
    });
    await page.locator("plot-lens .sheet").waitFor();
    const root = page.locator("plot-lens .plot-lens");
    assert.equal(await root.getAttribute("data-theme"), scheme);
    await page.evaluate(() => document.documentElement.style.setProperty("color-scheme", "light"));
    await page.emulateMedia({ colorScheme: scheme === "light" ? "dark" : "light" });
    await page.waitForFunction(
      () =>
        document
          .querySelector("plot-lens")
          ?.shadowRoot?.querySelector(".plot-lens")
          ?.getAttribute("data-theme") === "light",
    );
    await close();
  }
});

test("it is light or dark by the letters around it, however their colour is written", async () => {
  const { page, close } = await site("<plot-lens></plot-lens>");
  await page.locator("plot-lens .sheet").waitFor();
  const themes = await page.evaluate(async () => {
    const found = [];
    const element = /** @type {any} */ (document.querySelector("plot-lens"));
    for (const color of ["#fff", "oklch(97% 0 0)", "color(srgb 1 1 1)", "lab(20 0 0)", "black"]) {
      document.body.style.color = color;
      element.strings = {}; // dresses anew
      const root = element.shadowRoot.querySelector(".plot-lens");
      found.push(root.dataset.theme);
    }
    return found;
  });
  assert.deepEqual(themes, ["dark", "dark", "dark", "light", "light"]);
  await close();
});

test("where elements share models that could not be loaded, one Retry mends all", async () => {
  const server = stage.server;
  if (server === null) return;
  server.spoil("model/manifest.json", { kind: "missing" });
  const { page, close } = await site(
    `<plot-lens id="a" value="${PLAIN}"></plot-lens><plot-lens id="b" value="${UNMISTAKABLE.War}"></plot-lens>`,
  );
  for (const id of ["#a", "#b"]) await page.locator(`${id} .note button`).waitFor();
  server.heal();
  await page.locator("#a .note button").click();
  for (const id of ["#a", "#b"]) {
    await answered(page, id);
    const { note, retry } = await shown(page, id);
    assert.match(String(note), /words read$/);
    assert.equal(retry, false);
  }
  await close();
});
