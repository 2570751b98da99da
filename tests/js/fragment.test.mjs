import assert from "node:assert/strict";
import { test } from "node:test";
import { fromFragment, MOST_TEXT, MOST_TITLE, toFragment } from "../../www/page/fragment.js";
import { Chance } from "../chaos/random.mjs";

test("any text comes back as it was", () => {
  const texts = [
    "A widow and a door.",
    "emoji 👩‍👩‍👧 and é, ß, İ, שלום, 猫\n\n  tabs\tand\u00a0spaces\n",
    "<script>alert(1)</script>&amp;#t=",
    "\ufeffmark first",
    "x".repeat(MOST_TEXT),
    "猫".repeat(MOST_TEXT),
  ];
  for (const text of texts) {
    for (const title of ["", "Die Tür & das Ende 👻"]) {
      const fragment = toFragment({ title, text });
      assert.ok(fragment !== null && /^#t=[\w-]+(&title=[\w-]+)?$/.test(fragment));
      assert.deepEqual(fromFragment(fragment), { kind: "plot", plot: { title, text } });
    }
  }
});

test("line breaks of other systems become \\n", () => {
  const fragment = toFragment({ title: "a\r\nb", text: "a\r\nb\rc" });
  const plot = { title: "a b", text: "a\nb\nc" };
  assert.deepEqual(fromFragment(String(fragment)), { kind: "plot", plot });
});

test("too long a text gets no link", () => {
  assert.equal(toFragment({ title: "", text: "x".repeat(MOST_TEXT + 1) }), null);
  assert.equal(toFragment({ title: "x".repeat(MOST_TITLE + 1), text: "x" }), null);
});

test("other fragments are not for us", () => {
  for (const fragment of ["", "#", "#about", "#T=QQ"]) {
    assert.deepEqual(fromFragment(fragment), { kind: "none" });
  }
});

test("a hostile fragment is refused with a sentence", () => {
  const hostile = [
    "#t=",
    "#t=%3Cscript%3E",
    "#t=<img src=x onerror=alert(1)>",
    "#t=QQ==",
    "#t=A",
    "#t=_____w",
    "#t=gICA",
    "#t=QUFB&title=",
    "#t=QUFB&title=gICA",
    "#t=QUFB&title=QUFB&title=QUFB",
    "#t=QUFB&other=QUFB",
    `#t=QUFB&title=${"QUFB".repeat(MOST_TITLE)}`,
    `#t=${"A".repeat(10_000_000)}`,
    `#t=${"QUFB".repeat(MOST_TEXT / 3 + 1)}`,
  ];
  for (const fragment of hostile) {
    const found = fromFragment(fragment);
    assert.equal(found.kind, "bad", fragment.slice(0, 40));
    assert.match(found.kind === "bad" ? found.why : "", /^The link .*\.$/);
  }
});

/** Pieces of links, of what browsers and servers make of them, and of attacks. */
const PIECES = [
  "#",
  "t=",
  "#t=",
  "&title=",
  "&",
  "=",
  "%",
  "%00",
  "%E2%80%AE",
  "QUFB",
  "gICA",
  "_-_-",
  "7aCA",
  "A",
  "<script>alert(1)</script>",
  "javascript:alert(1)//",
  '"><img src=x onerror=alert(1)>',
  "\u0000",
  "\ud800",
  "\udc00",
  "\ufeff",
  "猫",
  "__proto__",
  "constructor",
  "{}[]()*+\\$^",
];

/** @param {Chance} chance */
function anything(chance) {
  return chance.below(4) > 0
    ? chance.pick(PIECES).repeat(chance.below(64) === 0 ? 3000 : 1)
    : String.fromCharCode(chance.below(0x10000));
}

/**
 * A link that somebody made up, or a good one with something put in, or left out, or neither.
 *
 * @param {Chance} chance
 */
function link(chance) {
  const parts = Array.from({ length: chance.below(6) }, () => anything(chance));
  if (chance.below(2) > 0) return `${chance.below(4) > 0 ? "#t=" : ""}${parts.join("")}`;
  const title = chance.below(2) > 0 ? anything(chance).slice(0, MOST_TITLE) : "";
  const good = String(toFragment({ title, text: parts.join("").slice(0, MOST_TEXT) }));
  const at = chance.below(good.length);
  const what = chance.pick(["", "", "put in", "left out"]);
  if (what === "put in") return good.slice(0, at) + anything(chance) + good.slice(at);
  return what === "" ? good : good.slice(0, at) + good.slice(at + 1 + chance.below(4));
}

test("whatever stands in a link, it is a plot, a sentence, or not for us", () => {
  const chance = new Chance(9);
  const kinds = { none: 0, plot: 0, bad: 0 };
  for (let round = 0; round < 50_000; round += 1) {
    const fragment = link(chance);
    const found = fromFragment(fragment);
    kinds[found.kind] += 1;
    if (found.kind === "plot") {
      const { title, text } = found.plot;
      assert.ok(text.length <= MOST_TEXT && title.length <= MOST_TITLE);
      assert.equal(text, Buffer.from(text).toString(), "half of a character");
      assert.doesNotMatch(title, /[\r\n]/);
      assert.deepEqual(fromFragment(String(toFragment(found.plot))), found);
    } else if (found.kind === "bad") {
      assert.match(found.why, /^The link [\w\s;,]*\.$/);
    } else {
      assert.ok(!fragment.startsWith("#t="));
    }
  }
  for (const [kind, count] of Object.entries(kinds)) assert.ok(count > 1000, `${kind}: ${count}`);
});
