import { RIVALS } from "./contenders.mjs";

/** @import { Latency, Results, Samples } from "./types.js" */

/**
 * The tables of results, in Markdown.
 *
 * @param {Results} results
 */
export function report(results) {
  const parts = [heading(results)];
  const { sizes, start, startLarge, batch, latency, latencyLarge, keywords, agreement } = results;
  const { limits, pageTasks, builds } = results;
  const table = tableOf(results);
  if (latency) {
    parts.push(
      "## Encoder: token ids to logits",
      "Milliseconds by length in tokens: the median of all rounds, and the quartiles.",
      table(lengths(latency), (id) => latency.map(({ encoder }) => spread(encoder[id]))),
      "How many times as fast as the better of ONNX Runtime Web's two in the same round, the median of all rounds:",
      table(lengths(latency), (id) => latency.map(({ encoder }) => times(encoder, id))),
      "## Answer: text to probabilities",
      "The same rounds with word pieces before and probabilities after; PlotLens also runs its keyword model and attributes both answers to words.",
      table(lengths(latency), (id) => latency.map(({ whole }) => spread(whole[id]))),
      table(lengths(latency), (id) => latency.map(({ whole }) => times(whole, id))),
    );
  }
  if (latencyLarge) {
    parts.push(
      "## DistilBERT's full size",
      "768 wide instead of 384, random weights; the encoder in milliseconds, and how many times as fast as the better of ONNX Runtime Web's two in the same round.",
      table(
        lengths(latencyLarge).flatMap((length) => [length, "×"]),
        (id) => latencyLarge.flatMap(({ encoder }) => [spread(encoder[id]), times(encoder, id)]),
      ),
    );
  }
  if (batch) {
    parts.push(
      "## Two sentences, as JetStream 3 runs them",
      `Milliseconds for two texts of ${batch.tokens.join(" and ")} tokens, 30 iterations on a fresh page: the first with loading (from bytes in memory), the four slowest and the average of the others. PlotLens reads the texts one after the other, the others as a batch.`,
      table(["first", "worst", "average"], (id) =>
        /** @type {const} */ (["first", "worst", "average"]).map((score) =>
          spread(batch.samples[id]?.map((sample) => sample[score])),
        ),
      ),
    );
  }
  if (start) parts.push("## From bytes in memory to the first answer", ...starting(results, start));
  if (startLarge) {
    parts.push("The same at full size:", ...starting(results, startLarge).slice(1));
  }
  if (sizes) {
    parts.push(
      "## Download",
      "Kilobytes as they are, and by gzip -9; of the models as they are.",
      table(["scripts", "gzip", "wasm", "gzip", "model"], (id) => {
        const size = sizes[id];
        if (!size) return [];
        const { scripts, scriptsGzip, wasm, wasmGzip, model } = size;
        return [scripts, scriptsGzip, wasm, wasmGzip, model].map(kilobytes);
      }),
    );
  }
  if (keywords) {
    parts.push(
      "## The keyword model alone",
      `Milliseconds for ${keywords.words} words, what each word adds included.`,
      table(["whole"], (id) => [spread(keywords.samples[id])]),
    );
  }
  if (limits) {
    parts.push(
      "## Linear layers beside the bare product",
      "Billions of operations a second at 128 tokens: the linear layers as the forward pass runs them, the bare integer product of the same size from the nearest cache, and the share of it that is reached.",
      table(["kernel", "layers", "bare", "share"], (id) => {
        const samples = limits[id] ?? [];
        if (samples.length === 0) return [];
        const share = quantile(
          samples.map(({ layers, bare }) => layers / bare),
          0.5,
        );
        return [
          samples[0]?.kernel ?? "",
          spread(samples.map(({ layers }) => layers)),
          spread(samples.map(({ bare }) => bare)),
          `${Math.round(share * 100)} %`,
        ];
      }),
    );
  }
  if (pageTasks) {
    const most = (/** @type {"load" | "classify"} */ when) => {
      const by = (/** @type {"clock" | "processor"} */ measure) =>
        Math.round(Math.max(...pageTasks.map((visit) => visit[when][measure])));
      return `${by("clock")} ms by the clock, ${by("processor")} ms of processor time`;
    };
    parts.push(
      "## The page's main thread",
      `The longest task in ${pageTasks.length} visits, while the browser's other threads want the same processor: ${most("load")}, while the page loads; ${most("classify")}, while it answers for 600 words.`,
    );
  }
  if (agreement) {
    parts.push(
      "## Agreement",
      `The largest difference of any genre's probability from ONNX Runtime Web's fp32 over ${agreement.texts} plots; DistilBERT alone, not calibrated.`,
      table(["difference"], (id) => [agreement.differences[id]?.toFixed(4) ?? "–"]),
    );
  }
  if (builds) {
    const told = Object.entries(builds.differences).map(
      ([build, difference]) =>
        `${build} ${difference.toExponential(1)} and ${builds.otherChoices[build]} texts`,
    );
    parts.push(
      "## Our builds among themselves",
      `Over ${builds.texts} plots, against the scalar build: the largest difference of a probability, and how many texts get another choice of genres: ${told.join("; ")}.`,
    );
  }
  return parts.join("\n\n") + "\n";
}

/** @param {Results} results */
function heading({ machine: { cpu, cores, chromium, rounds, date, packages } }) {
  const facts = [
    ...(date === null ? [] : [date]),
    `${cpu}, ${cores} cores`,
    `Chromium ${chromium}, headless`,
    `ONNX Runtime Web ${packages["onnxruntime-web"]}`,
    `Transformers.js ${packages["@huggingface/transformers"]}`,
    "one thread each",
    `${rounds} rounds`,
  ];
  return `# PlotLens and its peers in one browser

${facts.join("; ")}. Made by \`./build.sh bench\`; [README.md](README.md) says what is measured and how.`;
}

/**
 * @param {Results} results
 * @param {NonNullable<Results["start"]>} start
 */
function starting(results, start) {
  return [
    "Milliseconds to compile, instantiate and load, and then for a first text of 60 words, on a fresh page each time; megabytes of WebAssembly memory after that.",
    tableOf(results)(["load", "first text", "both", "memory"], (id) => {
      const samples = start[id] ?? [];
      return [
        spread(samples.map(({ load }) => load)),
        spread(samples.map(({ firstRun }) => firstRun)),
        spread(samples.map(({ load, firstRun }) => load + firstRun)),
        samples[0] ? (samples[0].memory / 1e6).toFixed(0) : "–",
      ];
    }),
  ];
}

/** @param {Latency[]} latency */
const lengths = (latency) => latency.map(({ tokens }) => String(tokens));

/**
 * Tables with a row for each contender that has something to say.
 *
 * @param {Pick<Results, "contenders">} results
 */
export function tableOf({ contenders }) {
  /**
   * @param {string[]} columns
   * @param {(id: string) => string[]} cells
   */
  return (columns, cells) => {
    const rows = contenders.map(({ id, label }) => ({ label, cells: cells(id) }));
    const said = rows.filter(({ cells }) => cells.some((cell) => cell !== "–"));
    return [
      `| | ${columns.join(" | ")} |`,
      `|---|${columns.map(() => "---:|").join("")}`,
      ...said.map(({ label, cells }) => `| ${label} | ${cells.join(" | ")} |`),
    ].join("\n");
  };
}

/**
 * The median and the quartiles.
 *
 * @param {number[] | undefined} values
 */
export function spread(values) {
  if (!values?.length) return "–";
  const [low, middle, high] = [0.25, 0.5, 0.75].map((share) => quantile(values, share));
  return `${short(middle)} (${short(low)}–${short(high)})`;
}

/**
 * By pairs of the same round, so that a slow minute of the machine, which hits all alike, does not
 * weigh on one.
 *
 * @param {Samples} samples
 * @param {string} id
 */
function times(samples, id) {
  const own = samples[id];
  const [rival] = RIVALS.map((id) => samples[id])
    .filter((times) => times !== undefined)
    .sort((a, b) => quantile(a, 0.5) - quantile(b, 0.5));
  if (!own || !rival) return "–";
  const pairs = own.flatMap((time, round) => (rival[round] ? [rival[round] / time] : []));
  return quantile(pairs, 0.5).toFixed(2);
}

/**
 * Between the two samples on either side of it.
 *
 * @param {number[]} values
 * @param {number} share
 */
export function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)] ?? NaN;
  const above = sorted[Math.ceil(at)] ?? NaN;
  return below + (above - below) * (at - Math.floor(at));
}

/** @param {number | undefined} milliseconds */
export const short = (milliseconds = NaN) => milliseconds.toFixed(milliseconds < 100 ? 1 : 0);

/** @param {number} bytes */
const kilobytes = (bytes) => Math.round(bytes / 1e3).toLocaleString("en");
