import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { toFragment } from "../../www/page/fragment.js";
import { CSP } from "./support/server.mjs";
import {
  answered,
  bothModelsReady,
  paste,
  read,
  seen,
  setUpStage,
  surfaceText,
} from "./support/stage.mjs";
import { PLAIN, UNMISTAKABLE } from "./support/texts.mjs";

/** @import { Page } from "playwright-core" */

const WWW = new URL("../../www/", import.meta.url);
const stage = await setUpStage({ prefix: "/deep/below/" });
after(() => stage.close());

test("it works under the strict policy, from a sub-path, with no other origin asked", async () => {
  const { page, problems, close } = await stage.open();
  const policy = await page.evaluate(async () => {
    const served = (await fetch(location.href)).headers.get("content-security-policy");
    const meta = document.querySelector("meta[http-equiv=Content-Security-Policy]");
    return { served, meta: meta?.getAttribute("content") };
  });
  assert.equal(policy.meta, CSP);
  if (stage.server !== null) assert.equal(policy.served, CSP);
  await read(page, PLAIN);
  assert.equal(problems.length, 0, problems.join("\n"));
  // The watch itself works: a forbidden image is noticed.
  await page.evaluate(() => {
    const image = new Image();
    image.src = "https://example.invalid/x.png";
  });
  await page.waitForTimeout(200);
  assert.ok(problems.some((problem) => problem.includes("policy violated")));
  await close();
});

test("no text becomes HTML, a script or a script's address, but for our own workers", async () => {
  const { page, close } = await stage.open();
  const outcomes = await page.evaluate(() => {
    /** @param {() => unknown} run */
    const outcome = (run) => {
      try {
        run();
        return "done";
      } catch (error) {
        return /** @type {Error} */ (error).name;
      }
    };
    const worker = (/** @type {string} */ address) => () => new Worker(address).terminate();
    return [
      outcome(() => (document.createElement("p").innerHTML = "<b>bold</b>")),
      outcome(() => (document.createElement("script").text = "1")),
      outcome(() => (document.createElement("script").src = "page/app.js")),
      outcome(worker("data:text/javascript,1")),
      outcome(worker(new URL("page/app.js", location.href).href)),
      outcome(worker("https://example.invalid/engine/worker.js")),
      outcome(worker(new URL("engine/worker.js", location.href).href)),
    ];
  });
  assert.deepEqual(outcomes, [...Array(6).fill("TypeError"), "done"]);
  await close();
});

test("once loaded it needs no network, and asks for nothing", async () => {
  const { page, close } = await stage.open();
  await bothModelsReady(page);
  /** @type {string[]} */
  const requests = [];
  page.on("request", (request) => requests.push(request.url()));
  await page.context().setOffline(true);
  await page.context().route("**/*", (route) => route.abort());
  await read(page, PLAIN);
  await page.locator(".genre").nth(3).click();
  await page.getByRole("button", { name: "robot", exact: true }).click();
  await answered(page);
  assert.deepEqual(requests, []);
  await close();
});

test("a first visit downloads at most 14 MB, as gzip serves it", async () => {
  const { page, close } = await stage.open();
  await bothModelsReady(page);
  await close();
  const server = stage.server;
  if (server === null) return;
  const asked = server.requests.map((path) => path.slice("/deep/below/".length) || "index.html");
  const names = [...new Set(asked)].filter((name) => existsSync(new URL(name, WWW)));
  assert.ok(names.includes("model/distilbert.onnx") && names.some((name) => /wasm$/.test(name)));
  const sizes = names.map((name) => gzipSync(readFileSync(new URL(name, WWW))).length);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  assert.ok(total <= 14e6, `${total} bytes: ${names.map((name, i) => `${name} ${sizes[i]}`)}`);
});

test("a late answer to an older text never overwrites a newer one", async () => {
  const { page, close } = await stage.open({ before: holdBackShortAnswers });
  await bothModelsReady(page);
  await paste(page, "A sheriff hunts outlaws.");
  await page.waitForFunction(() => "held" in window);
  await read(page, PLAIN);
  const before = await seen(page);
  await page.waitForFunction(() => "released" in window);
  assert.deepEqual(await seen(page), { ...before, said: (await seen(page)).said });
  assert.match(before.status, /^49 words/);
  await close();
});

test("after quick typing the answer is that of the last text", async () => {
  const { page, close } = await stage.open();
  await bothModelsReady(page);
  await page.locator("#text").focus();
  await page.keyboard.type(UNMISTAKABLE.Horror.slice(0, 120), { delay: 4 });
  await answered(page);
  const typed = await seen(page);
  await page.getByRole("button", { name: "Clear" }).click();
  await read(page, UNMISTAKABLE.Horror.slice(0, 120));
  assert.deepEqual((await seen(page)).rows, typed.rows);
  await close();
});

test("keywords answer while one types, before DistilBERT does", async () => {
  const { page, close } = await stage.open();
  await read(page, PLAIN);
  await page.evaluate(() => {
    /** @type {(string | undefined)[]} */
    const seenStates = [];
    const answer = /** @type {HTMLElement} */ (document.querySelector("#answer"));
    new MutationObserver(() => seenStates.push(answer.dataset["by"])).observe(answer, {
      attributeFilter: ["data-by"],
    });
    Object.assign(window, { seenStates });
  });
  await page.keyboard.press("Control+End");
  await page.keyboard.type(" A ghost.");
  await answered(page);
  const states = await page.evaluate(() => Reflect.get(window, "seenStates"));
  assert.ok(states.includes("keywords"), states.join());
  assert.equal(states.at(-1), "both");
  await close();
});

for (const viewport of [
  { width: 1280, height: 900 },
  { width: 390, height: 844 },
  { width: 320, height: 640 },
]) {
  test(`nothing moves when results arrive, at ${viewport.width} px`, async () => {
    const { page, close } = await stage.open({
      viewport,
      path: String(toFragment({ title: "", text: PLAIN })),
      before: holdTheWorker,
    });
    await page.evaluate(async () => {
      await document.fonts.ready;
      const shifts = { sum: 0, entries: /** @type {unknown[]} */ ([]) };
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
          const { value, sources } = /** @type {LayoutShift} */ (entry);
          shifts.sum += value;
          for (const { node } of sources) {
            const element = node instanceof Element ? node : node?.parentElement;
            shifts.entries.push([value, element?.outerHTML.slice(0, 80)]);
          }
        }
      }).observe({ type: "layout-shift" });
      Object.assign(window, { shifts });
      Reflect.get(window, "letGo")();
    });
    await answered(page);
    await page.waitForTimeout(300);
    const shifts = await page.evaluate(() => Reflect.get(window, "shifts"));
    assert.ok(shifts.sum < 0.02, JSON.stringify(shifts));
    await close();
  });

  test(`nothing is wider than the window, at ${viewport.width} px`, async () => {
    const { page, close } = await stage.open({ viewport });
    await read(page, `${UNMISTAKABLE.Western} ${"supercalifragilistic".repeat(12)}`);
    await page.locator("#why").evaluate((fold) => fold.setAttribute("open", ""));
    for (const at of [0, 9]) {
      await page.locator(".genre").nth(at).click();
      const { scrollWidth, clientWidth } = await page.evaluate(() => {
        const { scrollWidth, clientWidth } = document.documentElement;
        return { scrollWidth, clientWidth };
      });
      assert.ok(scrollWidth <= clientWidth, `${scrollWidth} of ${clientWidth}`);
    }
    await close();
  });
}

test("a link carries the text, emoji and all, and goes when the text is edited", async () => {
  const { page, close } = await stage.open();
  const text = `${PLAIN}\n\n👩‍👩‍👧 “é” <b>שלום</b>\n`;
  await read(page, text);
  await page.getByRole("button", { name: "Copy link" }).click();
  await page.waitForFunction(() => document.querySelector("#announcer")?.textContent !== "");
  const link = await page.evaluate(() => navigator.clipboard.readText());
  assert.ok(link.startsWith(`${stage.url}#t=`), link);
  await close();

  const other = await stage.open({ path: link.slice(stage.url.length) });
  await answered(other.page);
  assert.equal(await surfaceText(other.page), text);
  await other.page.locator("#text").focus();
  await other.page.keyboard.type("More");
  assert.equal(new URL(other.page.url()).hash, "");
  assert.deepEqual(other.problems, []);
  await other.close();
});

test("a hostile link is refused with a sentence, and the page works on", async () => {
  const hostile = [
    "#t=%3Cscript%3Ealert(1)%3C/script%3E",
    "#t=____",
    "#t=",
    `#t=${"A".repeat(300_000)}`,
  ];
  for (const path of hostile) {
    const { page, problems, close } = await stage.open({ path });
    const { status, code } = await seen(page);
    assert.match(status, /^The link .*\.$/);
    assert.equal(code, "link-damaged");
    assert.equal(await surfaceText(page), "");
    await read(page, PLAIN);
    assert.deepEqual(problems, []);
    await close();
  }
});

test("the about section names the sizes of the models, and the card is there", async () => {
  const { page, close } = await stage.open();
  await bothModelsReady(page);
  const sizes = await page.locator("#sizes").textContent();
  assert.match(
    String(sizes),
    /^DistilBERT is a download of \d+\s?MB, the keyword model of \d+(\.\d)?\s?.B\.$/,
  );
  await close();
});

test("paper gets the text, the bars and the table", async () => {
  const { page, close } = await stage.open({ viewport: { width: 390, height: 800 } });
  await read(page, PLAIN);
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  await page.emulateMedia({ media: "print" });
  for (const selector of ["#text", "#genres", "#ledger", "#verdict"]) {
    assert.ok(await page.locator(selector).isVisible(), selector);
  }
  for (const selector of ["#examples", "#about", "#theme", ".actions"]) {
    assert.equal(await page.locator(selector).isVisible(), false, selector);
  }
  await close();
});

/** @typedef {PerformanceEntry & { value: number, sources: { node: Node | null }[] }} LayoutShift */

/**
 * Keeps back all that the worker says until the page calls `letGo`.
 *
 * @param {Page} page
 */
async function holdTheWorker(page) {
  await page.addInitScript(() => {
    const listen = Worker.prototype.addEventListener;
    /** @type {Promise<void>} */
    const free = new Promise((resolve) => Object.assign(window, { letGo: resolve }));
    Worker.prototype.addEventListener = function (
      /** @type {string} */ type,
      /** @type {(event: Event) => void} */ listener,
    ) {
      listen.call(this, type, (event) => void free.then(() => listener(event)));
    };
  });
}

/**
 * Lets the page's worker answer a short text only long after a longer one.
 *
 * @param {Page} page
 */
async function holdBackShortAnswers(page) {
  await page.addInitScript(() => {
    const listen = Worker.prototype.addEventListener;
    Worker.prototype.addEventListener = function (
      /** @type {string} */ type,
      /** @type {(event: Event) => void} */ listener,
    ) {
      listen.call(this, type, (event) => {
        const { data } = /** @type {MessageEvent} */ (event);
        const short = data?.type === "answer" && data.packed.spans.length < 20;
        if (!short) return listener(event);
        Object.assign(window, { held: true });
        setTimeout(() => {
          listener(event);
          Object.assign(window, { released: true });
        }, 2500);
      });
    };
  });
}

test("a title changes the answer, has its row in the table, and goes with the text", async () => {
  const { page, close } = await stage.open();
  await read(page, PLAIN);
  const before = (await seen(page)).rows;
  await page.locator("#title").fill("The Demon of Gunsmoke Ranch");
  await answered(page);
  const after = (await seen(page)).rows;
  const western = (/** @type {typeof after} */ rows) =>
    Number(rows.find(({ name }) => name === "Western")?.probability);
  assert.ok(western(after) > western(before));
  assert.ok((await page.locator("#ledger tbody th").allTextContents()).includes("The title"));
  await page.locator("#copy-link").click();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  const other = await stage.open({ path: new URL(link).hash });
  await answered(other.page);
  assert.equal(await other.page.locator("#title").inputValue(), "The Demon of Gunsmoke Ranch");
  assert.deepEqual((await seen(other.page)).rows, after);
  await other.close();
  await page.locator("#examples button").first().click();
  assert.equal(await page.locator("#title").inputValue(), "");
  await page.getByRole("button", { name: "Put my text back" }).click();
  assert.equal(await page.locator("#title").inputValue(), "The Demon of Gunsmoke Ranch");
  await close();
});
