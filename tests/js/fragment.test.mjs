import assert from "node:assert/strict";
import { test } from "node:test";
import { fromFragment, MOST_TEXT, MOST_TITLE, toFragment } from "../../www/page/fragment.js";

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
