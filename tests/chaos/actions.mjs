import { paste } from "../browser/support/stage.mjs";
import { someFile, someText } from "./texts.mjs";

/** @import { Page, Worker } from "playwright-core" */
/** @import { Chance } from "./random.mjs" */
/** @import { Fault } from "../browser/support/server.mjs" */

/**
 * @typedef {object} World what an action works upon
 * @property {Page} page
 * @property {Chance} chance
 * @property {{ spoil: (name: string, fault: Fault) => void, heal: () => void }} server
 * @property {(method: string, parameters: Record<string, unknown>) => Promise<unknown>} devtools
 */

/**
 * @typedef {object} Action
 * @property {string} name
 * @property {(world: World) => Promise<string | void>} run gives the text that must stand on the page
 *   afterwards, where it is known; where it gives none and does not edit, the text must be as before
 * @property {boolean} [edits]
 */

const FILES = [
  "model/manifest.json",
  "model/keywords.bin",
  "model/distilbert.onnx",
  "model/tokenizer.json",
  "engine/worker.js",
  "wasm/relaxed/plotlens_bg.wasm",
  "wasm/relaxed/plotlens.js",
];
const FAULTS = /** @type {const} */ (["missing", "truncated", "flipped", "hang-up", "wrong-type"]);

/** Clicks what can be clicked now; what cannot is left. @param {Page} page @param {string} selector */
async function click(page, selector) {
  const target = page.locator(selector).first();
  if (await target.isVisible()) await target.click({ timeout: 3000 }).catch(() => {});
}

/** Runs something in a worker, which may be gone or hang. @param {Worker} worker @param {string} body */
async function within(worker, body) {
  const ask = worker.evaluate(`void setTimeout(() => { ${body} })`);
  await Promise.race([ask.catch(() => {}), new Promise((resolve) => setTimeout(resolve, 1000))]);
}

/** @param {Page} page @param {Chance} chance @param {string} body run within one of the page's workers */
async function inWorker(page, chance, body) {
  const workers = page.workers();
  if (workers.length > 0) await within(chance.pick(workers), body);
}

/** @type {Action[]} */
export const ACTIONS = [
  {
    name: "paste",
    edits: true,
    run: async ({ page, chance }) => {
      const text = someText(chance);
      await click(page, "a[href='#classify']");
      if (!(await page.locator("#text").isVisible())) return;
      if (text === "") return void (await click(page, "#clear"));
      await paste(page, text);
      return text.replace(/\r\n?/g, "\n");
    },
  },
  {
    name: "type",
    edits: true,
    run: async ({ page, chance }) => {
      if (!(await page.locator("#text").isVisible())) return;
      await page.locator("#text").focus();
      const keys = ["a", "e", " ", "Enter", "Backspace", "Delete", "ArrowLeft", "End", "Control+z"];
      for (let i = chance.below(30); i > 0; i -= 1) await page.keyboard.press(chance.pick(keys));
    },
  },
  {
    name: "title",
    run: async ({ page, chance }) => {
      const title = page.locator("#title");
      if (await title.isVisible()) await title.fill(someText(chance).slice(0, 300));
    },
  },
  { name: "example", edits: true, run: ({ page }) => click(page, "#examples button") },
  {
    name: "link",
    edits: true,
    run: async ({ page, chance }) => {
      const letters = Buffer.from(someText(chance).slice(0, 300)).toString("base64url");
      const hash = chance.pick([`#t=${letters}`, "#t=%3Cscript%3E", "#t=", `#${letters}`, "#t=_w"]);
      await page.evaluate((value) => void (location.hash = value), hash);
    },
  },
  {
    name: "view",
    run: ({ page, chance }) =>
      click(page, chance.pick(["a[href='#classify']", "a[href='#evaluate']"])),
  },
  {
    name: "file",
    run: async ({ page, chance }) => {
      await click(page, "a[href='#evaluate']");
      const input = page.locator("#evaluate-file");
      if ((await input.count()) > 0) await input.setInputFiles(someFile(chance));
    },
  },
  {
    name: "run a file",
    run: async ({ page, chance }) => {
      const name = chance.pick(["Start", "Pause", "Go on", "Cancel", "Forget it"]);
      const button = page.getByRole("button", { name, exact: true }).first();
      if (await button.isVisible()) await button.click({ timeout: 3000 }).catch(() => {});
    },
  },
  {
    name: "press",
    run: ({ page, chance }) =>
      click(
        page,
        chance.pick(["#theme", "#test-words", "#copy-link", "#copy-result", "#retry", ".genre"]),
      ),
  },
  {
    name: "ask",
    // The program's own interface, beside the page: every call must settle.
    run: async ({ page, chance }) => {
      const call = chance.pick([
        "lens.classify(text, { title })",
        "lens.classifyKeywords(text)",
        "lens.classify(text, { signal: AbortSignal.timeout(20) })",
        "lens.test(text, { signal: AbortSignal.timeout(400) })",
        "lens.retry()",
        "lens.classify(7)",
      ]);
      const text = someText(chance);
      await page.evaluate(
        `{ const text = ${JSON.stringify(text)}; const title = text.slice(0, 50);
          chaos.note((lens) => ${call}); }`,
      );
    },
  },
  {
    name: "break a worker",
    run: ({ page, chance }) => inWorker(page, chance, `throw new Error("chaos")`),
  },
  {
    name: "hang a worker",
    // Seldom: it takes a minute until the page gives a worker up.
    run: async ({ page, chance }) => {
      if (chance.below(4) === 0) await inWorker(page, chance, "for (;;);");
    },
  },
  {
    name: "fill a worker's memory",
    run: ({ page, chance }) =>
      inWorker(page, chance, "new WebAssembly.Memory({ initial: 2 ** 17 })"),
  },
  {
    name: "lose the graphics processor",
    run: async ({ page, chance }) => {
      const how = chance.pick([
        "self.device?.destroy()",
        ...["hang", "starve", "garble", "nan", "flat", "refuse", ""].map(
          (name) => `self.sabotage = "${name}"`,
        ),
      ]);
      await Promise.all(page.workers().map((worker) => within(worker, how)));
    },
  },
  {
    name: "cut the network",
    run: ({ page, chance }) => page.context().setOffline(chance.below(2) === 0),
  },
  {
    name: "spoil a file",
    run: async ({ server, chance }) =>
      server.spoil(chance.pick(FILES), { kind: chance.pick(FAULTS), times: 1 + chance.below(3) }),
  },
  {
    name: "refuse storage",
    run: async ({ page, chance, devtools }) => {
      const { origin } = new URL(page.url());
      const quota = chance.below(2) === 0 ? { quotaSize: 1000 } : {};
      await devtools("Storage.overrideQuotaForOrigin", { origin, ...quota });
    },
  },
  { name: "wait", run: ({ page, chance }) => page.waitForTimeout(chance.below(1500)) },
  {
    name: "size",
    run: ({ page, chance }) =>
      page.setViewportSize({ width: 320 + chance.below(1100), height: 500 + chance.below(500) }),
  },
];
