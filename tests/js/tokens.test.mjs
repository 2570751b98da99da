import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const css = readFileSync(new URL("../../www/styles/tokens.css", import.meta.url), "utf8");
const [light = "", dark = ""] = css.split("@media screen");

/**
 * @param {string} text
 * @returns {Record<string, string>}
 */
function colours(text) {
  return Object.fromEntries(
    [...text.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((m) => [m[1], m[2]]),
  );
}

/** @param {string} hex */
function luminance(hex) {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/**
 * @param {string} a
 * @param {string} b
 */
function contrast(a, b) {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

const paints = ["for", "against"].flatMap((hue) => [1, 2, 3, 4].map((level) => `${hue}-${level}`));
const AA = /** @type {[string, string][]} */ ([
  ...paints.map((paint) => ["ink", paint]),
  ...["page", "sheet", "track"].flatMap((ground) => [
    ["ink", ground],
    ["soft", ground],
  ]),
  ["faint", "page"],
  ["faint", "sheet"],
  ["alarm", "page"],
]);
/** Marks that mean something need three to one against what they lie on. */
const MARKS = /** @type {[string, string][]} */ ([
  ["for", "sheet"],
  ["against", "sheet"],
  ["for-soft", "sheet"],
  ["against-soft", "sheet"],
  ["for", "page"],
  ["against", "page"],
  ["edge", "page"],
  ["focus", "page"],
  ["ink", "track"],
]);

for (const [name, theme] of Object.entries({ light: colours(light), dark: colours(dark) })) {
  test(`text in the ${name} theme has AA contrast on every ground it stands on`, () => {
    for (const [ink, ground] of AA) {
      const ratio = contrast(String(theme[ink]), String(theme[ground]));
      assert.ok(ratio >= 4.5, `${ink} on ${ground}: ${ratio.toFixed(2)}`);
    }
  });
  test(`marks in the ${name} theme stand out`, () => {
    for (const [mark, ground] of MARKS) {
      const ratio = contrast(String(theme[mark]), String(theme[ground]));
      assert.ok(ratio >= 3, `${mark} on ${ground}: ${ratio.toFixed(2)}`);
    }
  });
}
