// node tests/chaos/run.mjs [MINUTES] [--seed N]: the page under random use and random mishaps in
// Chromium. Ends with an error where anything was thrown that nobody caught, a text was lost, a
// promise stayed open, the page did not recover, or memory grew.
import assert from "node:assert/strict";
import { parseArgs } from "node:util";
import { ADAPTER, SABOTAGE } from "../browser/support/gpu.mjs";
import { bothModelsReady, paste, setUpStage, surfaceText } from "../browser/support/stage.mjs";
import { PLAIN } from "../browser/support/texts.mjs";
import { ACTIONS } from "./actions.mjs";
import { growth, pageMemory } from "./memory.mjs";
import { Chance } from "./random.mjs";

const { values, positionals } = parseArgs({
  options: { seed: { type: "string", default: "1" } },
  allowPositionals: true,
});
const minutes = Number(positionals[0] ?? 15);
const seed = Number(values.seed);
assert.ok(minutes > 0 && Number.isInteger(seed), "usage: chaos [MINUTES] [--seed N]");

/** Actions between two times of calm, at which everything must be well. */
const STORM = 25;
/** How long the page has to recover, in milliseconds. */
const PATIENCE = 180_000;
/** What a worker that hangs is given, in milliseconds; the page itself gives a minute. */
const SILENCE = 15_000;

const stage = await setUpStage({ args: ADAPTER });
const server = stage.server;
assert.ok(server !== null, "chaos needs its own server");
const { page, problems } = await stage.open({
  before: async (page) => {
    // Before it asks for a device, which takes the models first.
    page.on("worker", (worker) => void worker.evaluate(`{${SABOTAGE}}`).catch(() => {}));
    await page.addInitScript((silence) => {
      /** @type {Record<string, number>} */
      const answers = { cpu: 0, webgpu: 0 };
      const open = { asked: 0, settled: 0, strange: /** @type {string[]} */ ([]), answers };
      const device = "webgpu";
      /** @type {Promise<any> | undefined} */
      let lens;
      Object.assign(globalThis, {
        chaos: Object.assign(open, {
          /** @param {(lens: any) => Promise<any>} call */
          note: (call) => {
            lens ??= import(new URL("plotlens.js", location.href).href).then(({ PlotLens }) =>
              PlotLens.open({ device, silence }),
            );
            open.asked += 1;
            lens
              .then(call)
              .then((answer) => {
                if (answer?.device) answers[answer.device] = (answers[answer.device] ?? 0) + 1;
              })
              .catch((error) => {
                if (typeof error.code !== "string") open.strange.push(String(error));
              })
              .finally(() => (open.settled += 1));
          },
          /** Ends what may have given its graphics processor up; the next call makes another. */
          renew: async () => {
            (await lens)?.close();
            lens = undefined;
          },
        }),
      });
    }, SILENCE);
  },
});
const session = await page.context().newCDPSession(page);
const chance = new Chance(seed);
const world = {
  page,
  chance,
  server,
  devtools: (/** @type {string} */ method, /** @type {Record<string, unknown>} */ parameters) =>
    session.send(/** @type {any} */ (method), parameters),
};

/** What the tests themselves cause: a worker that is told to throw says so. */
const caused = /chaos|could not allocate memory|Cannot allocate|ERR_INTERNET_DISCONNECTED/;
const unexpected = () => problems.filter((problem) => !caused.test(problem));

/** @type {Map<string, number>} */
const counts = new Map();
/** @type {Awaited<ReturnType<typeof pageMemory>>[]} */
const samples = [];
let done = 0;

/** One action, after which the text is what it ought to be. */
async function act() {
  const action = chance.pick(ACTIONS);
  counts.set(action.name, (counts.get(action.name) ?? 0) + 1);
  const before = await surfaceText(page);
  const expected = (await action.run(world)) ?? (action.edits ? undefined : before);
  if (expected !== undefined) {
    const after = await surfaceText(page);
    assert.ok(after === expected, `the text changed at “${action.name}” (action ${done})`);
  }
  done += 1;
  assert.deepEqual(unexpected(), [], `after “${action.name}” (action ${done})`);
}

/** A fresh one reads on the graphics processor, which the next storm takes from it. @param {number} deadline */
async function readOnGraphics(deadline) {
  const before = await page.evaluate("chaos.answers.webgpu");
  await page.evaluate(`chaos.note((lens) => lens.classify(${JSON.stringify(PLAIN)}))`);
  while ((await page.evaluate("chaos.answers.webgpu")) === before) {
    assert.ok(Date.now() < deadline, "the graphics processor does not answer");
    await page.waitForTimeout(500);
  }
}

/** All mishaps end; the page must come to itself and read a text, and every promise be settled. */
async function calm() {
  server?.heal();
  await page.context().setOffline(false);
  await world.devtools("Storage.overrideQuotaForOrigin", { origin: new URL(page.url()).origin });
  await page.evaluate(() => void (location.hash = "#classify"));
  const kept = `${PLAIN} ${done}.`;
  await paste(page, kept);
  const deadline = Date.now() + PATIENCE;
  while (!(await page.locator('#answer[data-by="both"]').count())) {
    assert.ok(Date.now() < deadline, `not recovered: ${await page.locator("#note").textContent()}`);
    if (await page.locator("#retry").isVisible()) await page.locator("#retry").click();
    await page.waitForTimeout(500);
  }
  assert.equal(await surfaceText(page), kept);
  while (!(await page.evaluate("chaos.asked === chaos.settled"))) {
    assert.ok(Date.now() < deadline, "a promise stayed open");
    await page.waitForTimeout(500);
  }
  assert.deepEqual(await page.evaluate("chaos.strange"), []);
  await page.evaluate("chaos.renew()");
  if (samples.length % 4 === 0) await readOnGraphics(deadline);
  assert.deepEqual(unexpected(), []);
  samples.push(await pageMemory(page));
}

await bothModelsReady(page);
const end = Date.now() + minutes * 60_000;
try {
  while (Date.now() < end) {
    for (let i = 0; i < STORM; i += 1) await act();
    await calm();
    const { heap, nodes, listeners } = samples.at(-1) ?? { heap: 0, nodes: 0, listeners: 0 };
    console.log(
      `${done} actions; heap ${(heap / 1e6).toFixed(1)} MB, ${nodes} nodes, ${listeners} listeners`,
    );
  }
  if (samples.length >= 9) {
    for (const [what, slack] of /** @type {const} */ ([
      ["heap", 8e6],
      ["nodes", 3000],
      ["listeners", 500],
    ])) {
      const { early, late } = growth(samples.map((sample) => sample[what]));
      assert.ok(late < early * 1.5 + slack, `${what} grew from ${early} to ${late}`);
    }
  }
  const asked = await page.evaluate("chaos.asked");
  const { cpu, webgpu } = await page.evaluate("chaos.answers");
  assert.ok(samples.length < 9 || (cpu > 0 && webgpu > 0), `${cpu} and ${webgpu} answers`);
  console.log([...counts].map(([name, count]) => `${name} ${count}`).join(" · "));
  console.log(
    `Nothing broke: ${done} actions, ${asked} calls settled (answered: ${cpu} by the processor, ${webgpu} by WebGPU), seed ${seed}.`,
  );
} catch (error) {
  console.error(`Seed ${seed}, after ${done} actions:`, error);
  process.exitCode = 1;
} finally {
  await stage.close();
}
