import assert from "node:assert/strict";
import { test } from "node:test";
import { readManifest, totalBytes } from "../../www/engine/manifest.js";

const FILE = { path: "keywords.bin", bytes: 10, sha256: "", model: "keywords" };
const GOOD = {
  format_version: 1,
  genres: ["A"],
  files: [FILE, { ...FILE, path: "sub/x.y", bytes: 5 }],
};

test("a good manifest is read and its bytes counted", () => {
  const manifest = readManifest(JSON.stringify(GOOD));
  assert.deepEqual(manifest.genres, ["A"]);
  assert.equal(totalBytes(manifest), 15);
});

test("models that are too large together are refused before they are fetched", () => {
  const sized = (/** @type {number[]} */ ...sizes) =>
    JSON.stringify({ ...GOOD, files: sizes.map((bytes) => ({ ...FILE, bytes })) });
  assert.equal(totalBytes(readManifest(sized(2 ** 30 - 5, 5))), 2 ** 30);
  for (const text of [sized(2 ** 30 - 5, 6), sized(2 ** 40)]) {
    assert.throws(() => readManifest(text), { name: "PlotLensError", code: "model-too-large" });
  }
});

test("anything else is refused with the code manifest-invalid", () => {
  const bad = [
    "",
    "null",
    "[]",
    "<!doctype html>",
    JSON.stringify({ ...GOOD, genres: "A" }),
    JSON.stringify({ ...GOOD, genres: [1] }),
    JSON.stringify({ ...GOOD, files: [] }),
    JSON.stringify({ ...GOOD, files: [null] }),
    ...["../x", "/x", "a//b", "https://x/y", "a\\b", "", "a/../b", ".hidden", "a?b"].map((path) =>
      JSON.stringify({ ...GOOD, files: [{ ...FILE, path }] }),
    ),
    ...[-1, 1.5, 1e300, "10", null].map((bytes) =>
      JSON.stringify({ ...GOOD, files: [{ ...FILE, bytes }] }),
    ),
    JSON.stringify({ ...GOOD, files: [{ ...FILE, model: "other" }] }),
  ];
  for (const text of bad) {
    assert.throws(
      () => readManifest(text),
      { name: "PlotLensError", code: "manifest-invalid" },
      text,
    );
  }
});
