import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { bothModelsReady, setUpStage } from "./support/stage.mjs";
import { PLAIN, UNMISTAKABLE } from "./support/texts.mjs";

/** @import { Page } from "playwright-core" */

const stage = await setUpStage();
after(() => stage.close());

/**
 * Opens the view and hands it a file.
 *
 * @param {string} name
 * @param {string | Buffer} content
 */
async function drop(name, content) {
  const opened = await stage.open({ path: "#evaluate" });
  const { page } = opened;
  const file = { name, mimeType: "", buffer: Buffer.from(content) };
  await page.locator("#evaluate-file").setInputFiles(file);
  return opened;
}

/** @param {Page} page */
async function start(page) {
  await page.getByRole("button", { name: "Start", exact: true }).click();
}

/** @param {Page} page */
async function reported(page) {
  await page.locator("#report-metrics table").waitFor();
}

/**
 * @param {Page} page
 * @param {string} name
 */
async function saved(page, name) {
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name }).click();
  return readFileSync(await (await download).path(), "utf8");
}

const quoted = (/** @type {string} */ text) => `"${text.replaceAll('"', '""')}"`;

test("a table with quotes, commas, line breaks, a mark and CRLF is read; the broken row is told", async () => {
  const rows = [
    "text,genres,title,year",
    `${quoted(UNMISTAKABLE.Horror + '\r\nThe end, "they" say.')},Horror,"A, B",1970`,
    `${quoted(UNMISTAKABLE.War)},"War, Drama, Talk-Show",C,1980`,
    "short,row",
    `,Drama,D,1990`,
  ];
  const { page, problems, close } = await drop("films.csv", `\u{feff}${rows.join("\r\n")}\r\n`);
  await start(page);
  await reported(page);
  const skipped = await page.locator("#skipped li").allTextContents();
  assert.deepEqual(skipped, [
    "Line 5: This line has 2 cells, not 4.",
    "Line 6: This line has no text.",
  ]);
  assert.match((await page.locator("#unknown li").textContent()) ?? "", /Talk-Show/);
  assert.match((await page.locator(".progress-line").textContent()) ?? "", /^2 rows scored/);
  assert.deepEqual(problems, []);
  await close();
});

test("each row's score is that of the Classify view", async () => {
  const texts = [PLAIN, UNMISTAKABLE.Western, UNMISTAKABLE.Comedy];
  const lines = texts.map((text) => JSON.stringify({ text, genres: ["Drama"], title: "Tuesday" }));
  const { page, close } = await drop("films.jsonl.gz", gzipSync(lines.join("\n")));
  await start(page);
  await reported(page);
  const report = JSON.parse(await saved(page, "Save JSON")).at(-1);
  const hits = [
    ...report.decisions.models[2].falsePositives,
    ...report.decisions.models[2].falseNegatives,
  ];
  assert.ok(hits.length > 0);
  const answers = await page.evaluate(async (texts) => {
    // @ts-expect-error an address of the page
    const { PlotLens } = await import("/plotlens.js");
    const lens = await PlotLens.load();
    const answers = [];
    for (const text of texts)
      answers.push((await lens.classify(text, { title: "Tuesday" })).genres);
    return answers;
  }, texts);
  for (const { row, genre, probability } of hits) {
    const name = report.decisions.genres[genre];
    const own = answers[row]?.find((/** @type {{ genre: string }} */ one) => one.genre === name);
    assert.equal(probability, own.probability);
  }
  await close();
});

test("rows that look otherwise alone are read again as they were read", async () => {
  const text = `${UNMISTAKABLE.War}; and; so; on`;
  const array = [
    { text, genres: ["War"] },
    { text: UNMISTAKABLE.Horror, genres: ["Horror", "Drama"] },
  ];
  const files = {
    "semicolons.csv": `text,genres\n${quoted(text)},War\n${quoted(UNMISTAKABLE.Horror)},Horror;Drama\n`,
    "indented.json": JSON.stringify(array, null, 2),
  };
  for (const [name, content] of Object.entries(files)) {
    const { page, problems, close } = await drop(name, content);
    await start(page);
    await reported(page);
    assert.match((await page.locator(".progress-line").textContent()) ?? "", /^2 rows scored/);
    assert.ok((await saved(page, "Save CSV")).includes("; and; so; on"), name);
    assert.deepEqual(problems, []);
    await close();
  }
});

test("a file without descriptions, without rows or of another kind is told as such", async () => {
  const { page, close } = await drop("a.csv", "year,genres\n1950,Drama\n");
  await start(page);
  await page.getByText("Say which column holds the descriptions.").waitFor();
  await close();
  const empty = await drop("a.csv", "text,genres\n");
  await start(empty.page);
  await empty.page.getByText("No row of this file can be used.").waitFor();
  await empty.close();
  const other = await drop("a.xlsx", "PK");
  await other.page.getByText("is not .csv, .tsv, .jsonl or .json").waitFor();
  await other.close();
});

test("a file in Latin-1 is offered to be read as such", async () => {
  const text = quoted(`Café. ${PLAIN.replaceAll("’", "'")}`);
  const file = Buffer.from(`text;genres\n${text};Western\n`, "latin1");
  const { page, close } = await drop("a.csv", file);
  await page.getByRole("button", { name: "Read it as Latin-1" }).click();
  await page.locator("#latin1").waitFor({ state: "detached" });
  await start(page);
  await reported(page);
  await page.locator("#report-fn .excerpt").filter({ hasText: "Café" }).waitFor();
  assert.match((await page.locator(".progress-line").textContent()) ?? "", /^1 row scored/);
  await close();
});

test("markup in cells and in the file's name stays text, and nothing a sheet would run is saved", async () => {
  const evil = `<img src=x onerror=alert(1)><script>alert(2)</script>`;
  const line = JSON.stringify({
    title: `=cmd() ${evil}`,
    text: `${PLAIN} ${evil}`,
    genres: ["War", evil],
  });
  const { page, problems, close } = await drop(`${evil.replaceAll("/", "")}.jsonl`, line);
  await start(page);
  await reported(page);
  await page.locator("#report-fn .opens").first().waitFor();
  assert.equal(await page.locator("#evaluate img, #evaluate script").count(), 0);
  const csv = await saved(page, "Save CSV");
  assert.match(csv, /'=cmd\(\)/);
  assert.doesNotMatch(csv, /(^|,)"?=cmd/m);
  assert.deepEqual(problems, []);
  await close();
});

test("what was scored before the tab closed is not scored again; cancel forgets it", async () => {
  const row = (/** @type {number} */ i) =>
    JSON.stringify({ text: `${PLAIN} ${i}`, genres: ["Horror"] });
  const many = Array.from({ length: 400 }, (_, i) => row(i)).join("\n");
  const { page, close } = await drop("many.jsonl", many);
  await start(page);
  await page.getByRole("button", { name: "Pause" }).waitFor();
  await page.waitForFunction(
    () =>
      Number(document.querySelector(".run progress")?.getAttribute("value") ?? 0) > 0 ||
      /** @type {HTMLProgressElement} */ (document.querySelector(".run progress")).value > 0,
  );
  await page.getByRole("button", { name: "Pause" }).click();
  await reported(page);
  await page.reload();
  const offer = page.locator(".offer");
  assert.match(
    (await offer.textContent()) ?? "",
    /many\.jsonl is still here: [1-9]\d* of 400 rows/,
  );
  await offer.getByRole("button", { name: "Go on" }).click();
  await page
    .getByText(/^400 rows scored/)
    .first()
    .waitFor();
  await reported(page);
  await page.reload();
  await page.locator(".offer").getByRole("button", { name: "Forget it" }).click();
  await page.waitForTimeout(300);
  await page.reload();
  await page.getByRole("button", { name: "Try the example" }).waitFor();
  await page.waitForTimeout(500);
  assert.equal(await page.locator(".offer").count(), 0);
  await close();
});

test("where a pressed button is gone, the focus is at what it brought", async () => {
  const row = JSON.stringify({ text: PLAIN, genres: ["Horror"] });
  const { page, close } = await drop("many.jsonl", Array(200).fill(row).join("\n"));
  const focused = () =>
    page.evaluate(() => document.activeElement?.closest("[id], .run")?.className);
  await page.getByRole("button", { name: "Start", exact: true }).press("Enter");
  const pause = page.getByRole("button", { name: "Pause" });
  await pause.waitFor();
  await page.locator(".columns-form").waitFor({ state: "detached" });
  assert.equal(await focused(), "run");
  await pause.press("Enter");
  await page.locator(".run").getByRole("button", { name: "Go on" }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Go on");
  await page.reload();
  await page.locator(".offer").getByRole("button", { name: "Go on" }).press("Enter");
  await page.locator(".offer").waitFor({ state: "detached" });
  assert.equal(await focused(), "run");
  await page.getByRole("button", { name: "Cancel" }).press("Enter");
  await page.locator(".run").waitFor({ state: "hidden" });
  assert.equal(await page.evaluate(() => document.activeElement?.id), "evaluate-file");
  await close();
});

test("scores of a file are not added to one that another tab has put in its place", async () => {
  const { page, close } = await stage.open({ path: "#evaluate" });
  const added = await page.evaluate(async () => {
    const { Store } = await import(new URL("evaluate/store.js", document.baseURI).href);
    const [first, second] = [new Store(), new Store()];
    const kept = { blob: new Blob(["{}"]), columns: null, rows: 2, models: "m", done: 0 };
    const scored = () => /** @type {const} */ ([new Uint32Array([0]), new Float32Array(63), []]);
    await first.begin({ ...kept, name: "first" });
    await first.add(...scored());
    const before = (await first.kept()).added;
    await second.begin({ ...kept, name: "second" });
    await first.add(...scored());
    await second.add(...scored());
    const now = await first.kept();
    const third = new Store();
    third.resume(now.kept);
    await third.add(...scored());
    return [before, now.kept.name, now.added, (await third.kept()).added];
  });
  assert.deepEqual(added, [1, "second", 1, 2]);
  await close();
});

test("a file that is opened while another is being started takes its place", async () => {
  const row = (/** @type {string} */ text) => JSON.stringify({ text, genres: ["Horror"] });
  const many = Array.from({ length: 40 }, (_, i) => row(`${PLAIN} ${i}`)).join("\n");
  const { page, problems, close } = await stage.open({
    path: "#evaluate",
    before: async (opened) => {
      // A disk that takes its time.
      await opened.route("**/evaluate/store.js", async (route) => {
        const response = await route.fetch();
        const slow =
          "async begin(kept) { await new Promise((resolve) => setTimeout(resolve, 1500));";
        const body = (await response.text()).replace("async begin(kept) {", slow);
        await route.fulfill({ response, body });
      });
    },
  });
  const input = page.locator("#evaluate-file");
  const file = (/** @type {string} */ name, /** @type {string} */ text) => ({
    name,
    mimeType: "",
    buffer: Buffer.from(text),
  });
  await input.setInputFiles(file("many.jsonl", many));
  await start(page);
  await page.waitForTimeout(500);
  await input.setInputFiles(file("few.jsonl", row(UNMISTAKABLE.War)));
  await page.getByRole("heading", { name: "few.jsonl" }).waitFor();
  await page.waitForTimeout(1500);
  assert.equal(await page.locator(".run").isVisible(), false);
  await start(page);
  await page
    .getByText(/^1 row scored/)
    .first()
    .waitFor();
  await reported(page);
  assert.deepEqual(problems, []);
  await close();
});

test("thresholds and a genre left out move the report, and a row opens with the typed text kept", async () => {
  const { page, problems, close } = await stage.open({ path: "#evaluate" });
  await page.getByRole("button", { name: "Try the example" }).click();
  await start(page);
  await reported(page);
  const jaccard = () =>
    page.locator(".metrics tbody tr").first().locator(".number").nth(4).textContent();
  const before = await jaccard();
  await page.getByText("Thresholds").click();
  await page.locator(".slider input").first().fill("0.9");
  await page.waitForFunction(
    (old) =>
      document.querySelectorAll(".metrics tbody tr:first-child .number")[4]?.textContent !== old,
    before,
  );
  await page.getByRole("button", { name: "Tune on this file" }).click();
  await page.locator("#tuned-note").waitFor();
  await page.locator("#without").selectOption({ label: "Drama" });
  await page.getByText("Measured without Drama").waitFor();
  // Sections are drawn one after the other.
  await page.waitForFunction(
    () => document.querySelectorAll("#report-genres tbody tr").length === 20,
  );
  await page.locator("#report-fp .opens").first().click();
  assert.notEqual(await page.locator("#text").textContent(), "");
  await bothModelsReady(page);
  assert.deepEqual(problems, []);
  await close();
});

test("the saved report is one page that says the same, runs nothing and asks for nothing", async () => {
  const hostile = "<img src=x onerror=alert(1)>";
  const rows = [
    "text,genres,title",
    `${quoted(UNMISTAKABLE.Horror)},Comedy,${quoted(hostile)}`,
    `${quoted(UNMISTAKABLE.War)},War,B`,
    `${quoted(`${PLAIN} ${hostile}`)},Western,C`,
  ];
  const { page, problems, close } = await drop(`${hostile}.csv`, rows.join("\n"));
  await start(page);
  await reported(page);
  const html = await saved(page, "Save report");
  const context = await page.context().browser()?.newContext({ offline: true });
  const report = await /** @type {NonNullable<typeof context>} */ (context).newPage();
  /** @type {string[]} */
  const asked = [];
  report.on("request", (request) => asked.push(request.url()));
  await report.setContent(html);
  assert.equal(await report.locator("img, script, link, iframe, [onerror]").count(), 0);
  assert.equal(await report.locator("h1").textContent(), `${hostile}.csv`);
  assert.ok((await report.getByText(hostile).count()) >= 2);
  const said = await report
    .getByRole("row", { name: /^Jaccard, samples/ })
    .first()
    .textContent();
  const shown = await page
    .locator("#report-metrics tr", { hasText: "Jaccard" })
    .first()
    .textContent();
  const number = (/** @type {string | null} */ text) => /\.\d{3}/.exec(String(text))?.[0];
  assert.ok(String(said).includes(String(number(shown))), `${said} ${shown}`);
  assert.match(String(said), /\[\d\.\d{3}, \d\.\d{3}\]/);
  assert.deepEqual(asked, []);
  assert.deepEqual(problems, []);
  await context?.close();
  await close();
});

test("boxes are drawn of the rows that an outcome has, on the page and in the saved report", async () => {
  const { page, problems, close } = await stage.open({ path: "#evaluate" });
  await page.getByRole("button", { name: "Try the example" }).click();
  await start(page);
  await page.locator("#report-numbers figure").nth(1).waitFor();
  const [head, ...lines] = JSON.parse(await saved(page, "Save JSON"));
  const { genres, setting } = head.plotlens;
  const rows = lines.filter((/** @type {any} */ { plotlens }) => plotlens?.kind === "row");
  assert.ok(rows.length >= 60);

  /** What the numbers should be, by the rows themselves. @param {string} genre @param {number} model */
  function expected(genre, model) {
    const at = genres.indexOf(genre);
    /** @type {Record<string, number[]>} */
    const groups = { TP: [], FP: [], FN: [], TN: [] };
    for (const row of rows) {
      const scores = row.plotlens.scores[model];
      const passes = scores.map(
        (/** @type {number} */ p, /** @type {number} */ i) => p >= setting.thresholds[model][i],
      );
      if (!passes.includes(true)) passes[scores.indexOf(Math.max(...scores))] = true;
      const name = `${passes[at] === row.genres.includes(genre) ? "T" : "F"}${passes[at] ? "P" : "N"}`;
      groups[name]?.push(row.year);
    }
    return Object.entries(groups).map(([name, years]) => {
      years.sort((a, b) => a - b);
      const quantile = (/** @type {number} */ share) =>
        years[Math.round(share * (years.length - 1))] ?? "";
      return [name, years.length, ...[0.05, 0.25, 0.5, 0.75, 0.95].map(quantile)].map(String);
    });
  }
  const words = ["there, chosen", "chosen only", "there only", "neither"];
  /** @param {import("playwright-core").Locator} table */
  const cells = (table) =>
    table
      .locator("tbody tr")
      .evaluateAll((found) =>
        found.map((row) => [...row.children].map((cell) => cell.textContent ?? "")),
      );

  for (const genre of ["Drama", "Horror"]) {
    await page.locator("#numbers-of").selectOption(genre);
    const figure = page.locator("#report-numbers figure", {
      hasText: `year by what became of ${genre}`,
    });
    await figure.waitFor();
    const own = expected(genre, 2);
    assert.deepEqual(
      await cells(figure.locator("table")),
      own.map(([, ...numbers], i) => [words[i], ...numbers]),
    );
    const drawn = own.filter(([, n]) => n !== "0").length;
    assert.equal(await figure.locator("svg circle").count(), drawn);
    assert.equal(
      await figure.locator("svg g[aria-label=link]").first().locator("path").count(),
      drawn,
    );
  }

  const html = await saved(page, "Save report");
  const report = await page.context().newPage();
  await report.setContent(html);
  for (const [model, name] of ["DistilBERT", "Keyword model", "Both together"].entries()) {
    const section = report.locator("section").filter({
      has: report.getByRole("heading", { name: `${name}: numbers by what became of a genre` }),
    });
    await section.getByText("The numbers of year").click();
    const table = section.locator("details", { hasText: "The numbers of year" }).locator("table");
    const all = await cells(table);
    for (const genre of ["Drama", "Horror"]) {
      const own = all.filter(([of]) => of?.startsWith(`${genre}, `));
      assert.deepEqual(
        own,
        expected(genre, model).map(([of, ...numbers]) => [`${genre}, ${of}`, ...numbers]),
      );
    }
    const plots = section.locator("svg[aria-label^='year by']");
    assert.equal(await plots.count(), genres.length);
    const drawn = all.filter(([, n]) => n !== "0").length;
    assert.equal(await plots.locator("rect.box").count(), drawn);
  }
  assert.deepEqual(problems, []);
  await close();
});
