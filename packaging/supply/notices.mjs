import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { modern } from "./spdx.mjs";

/**
 * @import { Files } from "../files.mjs"
 * @import { Crate } from "./crates.mjs"
 * @import { Part } from "./parts.mjs"
 */

const LICENCE_FILE = /^(licen[cs]e|copying|copyright|notice|unlicense)\b/i;

/**
 * The licences of everything that is shipped and not ours, each text once.
 *
 * @param {object} made
 * @param {Crate[]} made.crates
 * @param {Part[]} made.parts
 * @param {Files} made.www
 * @param {string} made.apache the Apache License 2.0, for what is under it and brings no text
 * @returns {Promise<string>}
 */
export async function notices({ crates, parts, www, apache }) {
  /** @type {Map<string, string[]>} who is under a text */
  const under = new Map();
  const add = (/** @type {string} */ text, /** @type {string} */ who) => {
    const plain = text.replaceAll("\r\n", "\n").trim();
    const names = under.get(plain) ?? [];
    if (!names.includes(who)) under.set(plain, [...names, who]);
  };
  const list = [];
  for (const { name, version, licence, folder } of crates.filter(({ source }) => source !== null)) {
    const who = `${name} ${version}`;
    list.push(`${who}: ${modern(licence ?? "")}`);
    const texts = await licenceTexts(folder);
    for (const text of texts) add(text, who);
    // Some packages leave the text out; it is their words that count then.
    if (texts.length === 0) add(apache, `${who} (its package holds no licence text)`);
  }
  list.push("The Rust standard library: MIT OR Apache-2.0");
  add(apache, "The Rust standard library, Copyright The Rust Project Contributors");
  for (const { name, version, licence, text } of parts) {
    const who = version === undefined ? name : `${name} ${version}`;
    list.push(`${who}: ${licence}`);
    add(text === undefined ? apache : String(www.get(text)), who);
  }
  const texts = [...under].map(([text, names]) => `${RULE}${names.join("\n")}\n\n${text}\n`);
  return [`${HEAD}\n${list.join("\n")}\n`, ...texts].join("\n");
}

const RULE = `${"=".repeat(80)}\n`;
const HEAD = `What PlotLens is made of and others wrote, and on what terms; where there is a
choice of licences, PlotLens uses it under any of them. NOTICE tells of PlotLens.
`;

/** @param {string} folder of a crate's source */
async function licenceTexts(folder) {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile() && LICENCE_FILE.test(entry.name));
  const paths = names.map(({ name }) => path.join(folder, name)).sort();
  return Promise.all(paths.map((file) => readFile(file, "utf8")));
}
