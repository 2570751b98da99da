import { HEADLINES } from "./report.js";
import { csv, save } from "./save.js";

/** @import { Client } from "./client.js" */
/** @import { Decisions, ModelDecisions, Row, Setting } from "./types.js" */

/**
 * The report as one page.
 *
 * @param {Client} client
 * @param {string} name the labelled file's
 * @param {Setting} setting
 */
export async function savePage(client, name, setting) {
  const page = await client.ask("page", { ...setting, name });
  save(`${name}.report.html`, "text/html;charset=utf-8", page);
}

/**
 * The report with all its rows, to be opened again.
 *
 * @param {Client} client
 * @param {string} name the labelled file's
 * @param {Setting} setting
 */
export async function saveJson(client, name, setting) {
  const file = await client.ask("save", { ...setting, name });
  save(`${name}.report.json`, "application/json", file);
}

/**
 * One model's worst mistakes, and its metrics.
 *
 * @param {Client} client
 * @param {string} name the labelled file's
 * @param {Decisions} decisions
 * @param {number} model
 */
export async function saveCsv(client, name, { genres, models }, model) {
  const own = /** @type {ModelDecisions} */ (models[model]);
  const table = [["kind", "genre", "probability", "line", "id", "title", "labels", "text"]];
  for (const [kind, hits] of /** @type {const} */ ([
    ["false positive", own.falsePositives],
    ["false negative", own.falseNegatives],
  ])) {
    /** @type {Row[]} */
    const rows = await client.ask("rows", { rows: hits.map(({ row }) => row) });
    hits.forEach(({ genre, probability }, i) => {
      const row = /** @type {Row} */ (rows[i]);
      table.push([
        kind,
        genres[genre] ?? "",
        probability.toFixed(4),
        String(row.line),
        row.id ?? "",
        row.title ?? "",
        row.genres.join("|"),
        row.text,
      ]);
    });
  }
  const metrics = HEADLINES.map(([metric, , of]) => ["metric", metric, String(of(own.metrics))]);
  save(`${name}.mistakes.csv`, "text/csv;charset=utf-8", csv([...table, ...metrics]));
}
