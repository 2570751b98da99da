import { readTypes } from "./types.mjs";

/** @import { Entry, Member, Parameter } from "./types.mjs" */

/** What a site imports, in the order in which it is told of. */
const MODULES = [
  { file: "element.js", means: "the element `<plot-lens>`" },
  { file: "plotlens.js", means: "the models without an interface of ours" },
];

/**
 * The API reference, from the types that the package ships.
 *
 * @param {string} root the repository, with the core built
 * @returns {string} Markdown
 * @throws {Error} where something that others may name is not described
 */
export function reference(root) {
  const modules = MODULES.map(({ file }) => `${root}www/${file}`);
  const read = readTypes(`${root}packaging/tsconfig.json`, modules);
  const entries = read.flatMap((module) => module.entries);
  const missing = entries.flatMap(undescribed);
  if (missing.length > 0) throw new Error(`These have no description: ${missing.join(", ")}.`);
  const names = new Set(entries.map(({ name }) => name));
  const sections = read.map(({ entries: own }, index) => {
    const { file, means } = /** @type {typeof MODULES[number]} */ (MODULES[index]);
    const parts = own.map((entry) => described(entry, names));
    return [`## \`${file}\`: ${means}`, ...parts].join("\n\n");
  });
  return `${[INTRODUCTION, ...sections].join("\n\n")}\n`;
}

const INTRODUCTION = `# API reference

Written by \`npm run docs\` from the types that the package ships, which editors show too:
\`import type { PlotLens } from "plotlens"\`. [Embedding](embedding.md) says how to begin.`;

/**
 * @param {Entry} entry
 * @returns {string[]}
 */
function undescribed({ name, doc, members }) {
  const isBare = (/** @type {Member} */ { doc, parameters }) =>
    doc === "" || parameters?.some((parameter) => parameter.name === "");
  const bare = members.filter(isBare).map((member) => `${name}.${member.name}`);
  return doc === "" ? [name, ...bare] : bare;
}

/**
 * @param {Entry} entry
 * @param {Set<string>} names what has a heading to link to
 */
function described({ name, kind, type, doc, members }, names) {
  const properties = members.filter(({ parameters }) => parameters === null);
  const methods = members.filter(({ parameters }) => parameters !== null);
  const parts = [`### ${name}`, sentence(doc)];
  if (type !== "") parts.push(`${kind === "type" ? "One of" : "It is"} ${linked(type, names)}.`);
  if (properties.length > 0) parts.push(table(properties, names));
  parts.push(...methods.map((method) => call(name, method, names)));
  return parts.join("\n\n");
}

/**
 * @param {Member[]} properties
 * @param {Set<string>} names
 */
function table(properties, names) {
  const rows = properties.map(({ name, type, optional, readOnly, doc }) => {
    const mark = optional ? ", optional" : readOnly ? ", read only" : "";
    return [`\`${name}\``, linked(type, names) + mark, sentence(doc)];
  });
  const lines = [["name", "type", "meaning"], ["---", "---", "---"], ...rows].map((cells) => {
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  });
  return lines.join("\n");
}

/**
 * @param {string} owner
 * @param {Member} method
 * @param {Set<string>} names
 */
function call(owner, { name, type, doc, isStatic, parameters, throws }, names) {
  const all = parameters ?? [];
  const list = all.map((parameter) => parameter.name + (parameter.optional ? "?" : "")).join(", ");
  const lines = [`#### \`${isStatic ? `${owner}.` : ""}${name}(${list})\``, "", sentence(doc), ""];
  lines.push(...all.map((parameter) => told(parameter, names)));
  if (type !== "void") lines.push(`- gives ${linked(type, names)}`);
  if (throws !== "") lines.push(`- throws: ${throws}`);
  return lines.join("\n").trimEnd();
}

/**
 * @param {Parameter} parameter
 * @param {Set<string>} names
 */
function told({ name, type, doc }, names) {
  return `- \`${name}\`, ${linked(type, names)}${doc === "" ? "" : `: ${doc}`}`;
}

/**
 * A type as code, its names as links.
 *
 * @param {string} type
 * @param {Set<string>} names
 */
function linked(type, names) {
  const parts = type.split(/\b([A-Z]\w*)\b/).filter((part) => part !== "");
  const pieces = parts.map((part) =>
    names.has(part) ? `[\`${part}\`](#${part.toLowerCase()})` : `\`${part}\``,
  );
  // Pieces of code that touch would be one.
  return pieces.join("").replaceAll("``", "");
}

/** @param {string} doc */
function sentence(doc) {
  const whole = doc.charAt(0).toUpperCase() + doc.slice(1);
  return whole === "" || /[.!?…]$/.test(whole) ? whole : `${whole}.`;
}
