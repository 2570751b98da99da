import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { GRAPHICS } from "./contenders.mjs";
import { graphics } from "./measures.mjs";
import { quantile, short, spread, tableOf } from "./report.mjs";
import { serve } from "./server.mjs";
import { passages } from "./texts.mjs";

const USAGE = `usage: ./build.sh bench --webgpu [OPTIONS]

  --rounds N     rounds of every measure (20)
  --software     Chromium's adapter in software: it shows that everything runs,
                 and nothing of any graphics processor`;

const HERE = path.dirname(fileURLToPath(import.meta.url));
const ROOT = path.join(HERE, "../..");

const { values: options } = parseArgs({
  options: {
    webgpu: { type: "boolean" },
    rounds: { type: "string", default: "20" },
    software: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (options.help) {
  console.log(USAGE);
  process.exit();
}
if (process.env["CHROME"] === undefined) throw new Error("Name a Chromium in the variable CHROME.");

const site = await serve({
  "wasm/": path.join(ROOT, "www/wasm"),
  "model/": path.join(ROOT, "target/bench/model"),
  "": HERE,
});
const adapter = options.software ? ["--use-webgpu-adapter=swiftshader"] : [];
const browser = await chromium.launch({
  executablePath: process.env["CHROME"],
  args: ["--no-sandbox", "--enable-unsafe-webgpu", "--enable-features=Vulkan", ...adapter],
});
try {
  const rounds = Number(options.rounds);
  const { latency, batches, furthest, adapterName } = await graphics({
    browser,
    site,
    contenders: GRAPHICS,
    rounds,
    warmUp: Math.min(3, rounds),
    starts: 1,
    texts: undefined,
    passage: await passages(site.file("model/tokenizer.json")),
    say: (what) => console.error(what),
  });
  const contenders = GRAPHICS.map(({ id, label }) => ({ id, label }));
  const table = tableOf({ contenders });
  const perSecond = (
    /** @type {number} */ size,
    /** @type {number[] | undefined} */ seconds = [],
  ) => short(size / quantile(seconds, 0.5));
  console.log(
    [
      `## WebGPU on ${adapterName}, Chromium ${browser.version()}, ${rounds} rounds`,
      "Token ids to logits in milliseconds, by length in tokens: the median and the quartiles.",
      table(
        latency.map(({ tokens }) => String(tokens)),
        (id) => latency.map(({ encoder }) => spread(encoder[id])),
      ),
      "Texts of 64 tokens a second, by how many are read at once.",
      table(
        batches.map(({ size }) => String(size)),
        (id) => batches.map(({ size, seconds }) => perSecond(size, seconds[id])),
      ),
      "The largest difference of a probability from our own on the processor:",
      table(["difference"], (id) => [furthest[id]?.toPrecision(2) ?? "–"]),
    ].join("\n\n"),
  );
} finally {
  await browser.close();
  await site.close();
}
