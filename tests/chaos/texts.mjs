import { PLAIN, UNMISTAKABLE } from "../browser/support/texts.mjs";

/** @import { Chance } from "./random.mjs" */

const PIECES = [
  "<img src=x onerror=alert(1)>",
  "</script><script>alert(2)</script>",
  "=cmd|' /C calc'!A0",
  "javascript:alert(3)",
  "${alert(4)}{{5*5}}",
  "👩‍👩‍👧‍👦🏳️‍🌈",
  "שלום עולם",
  "مرحبا بالعالم",
  "漢字かな交じり文",
  "é́́́̈̈",
  "ß İ ı ﬁ Å",
  "\u202e\u2066reversed\u2069",
  "\u00ad\u200b\ufeff",
  "\u2028\u2029",
  "\t\t\r\n\r\n",
  "a".repeat(5000),
  "%00%0a#t=AAAA",
];

/**
 * A text that somebody might paste: plain, hostile, or both at once.
 *
 * @param {Chance} chance
 */
export function someText(chance) {
  const kind = chance.below(10);
  if (kind === 0) return PLAIN.repeat(1 + chance.below(60));
  if (kind === 1) return "";
  if (kind === 2) return anyLetters(chance, 2000);
  if (kind === 3) return chance.pick(["x", "word ", "é", "🎬"]).repeat(100_000);
  if (kind < 6) return chance.pick(Object.values(UNMISTAKABLE));
  const parts = Array.from({ length: 1 + chance.below(20) }, () =>
    chance.pick([...PIECES, PLAIN, anyLetters(chance, 40)]),
  );
  return parts.join(" ");
}

/**
 * Letters from all of Unicode, without those that a clipboard or an input changes.
 *
 * @param {Chance} chance
 * @param {number} most
 */
function anyLetters(chance, most) {
  const letters = Array.from({ length: chance.below(most) }, () => {
    const code = 0x20 + chance.below(chance.pick([0x60, 0x3000, 0x1ffff]));
    return code >= 0xd800 && code < 0xe000 ? " " : String.fromCodePoint(code);
  });
  return letters.join("").replace(/[\u0080-\u009f\u007f]/g, "");
}

/**
 * A labelled file, sound or broken, with a name that is no better.
 *
 * @param {Chance} chance
 */
export function someFile(chance) {
  const evil = chance.pick(PIECES.slice(0, 8));
  const name = `${evil.replaceAll(/[/\\]/g, "")}${chance.pick([".csv", ".jsonl", ".tsv", ".csv.gz", ""])}`;
  const row = (/** @type {number} */ i) =>
    JSON.stringify({ text: `${PLAIN} ${i} ${evil}`, genres: ["Horror", evil], title: evil });
  const rows = Array.from({ length: 1 + chance.below(40) }, (_, i) => row(i)).join("\n");
  const table = `text,genres\n"${PLAIN}","Horror|${evil.replaceAll('"', "")}"\n"open`;
  const noise = Buffer.from(Array.from({ length: chance.below(4000) }, () => chance.below(256)));
  const buffer = Buffer.from(chance.pick([rows, table, "", noise, `${rows}\n{"text":`]));
  return { name, mimeType: "", buffer };
}
