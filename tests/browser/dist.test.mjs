import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { bundle } from "../../packaging/bundle.mjs";
import { readFolder, sha256 } from "../../packaging/files.mjs";
import { answered, read, seen, setUpStage } from "./support/stage.mjs";
import { UNMISTAKABLE } from "./support/texts.mjs";

const root = fileURLToPath(new URL("../../pkg/plotlens/", import.meta.url));
assert.ok(existsSync(root), "Make it first: ./build.sh dist");
const stage = await setUpStage({ root, prefix: "/any/where/" });
after(() => stage.close());

test("the packed page works from any path, and asks for nothing outside its two folders", async () => {
  const { page, problems, close } = await stage.open();
  await read(page, UNMISTAKABLE.Western);
  await answered(page);
  assert.equal((await seen(page)).rows[0]?.name, "Western");
  const asked = new Set(stage.server?.requests.map((url) => url.replace("/any/where/", "")));
  for (const url of asked) assert.match(url, /^(app-|model-)[0-9a-f]{10}\/|^(app\.webmanifest)?$/);
  assert.ok([...asked].some((url) => /^model-\w+\/distilbert.onnx$/.test(url)));
  assert.equal(await page.request.get(`${stage.url}index.html`).then((got) => got.status()), 200);
  assert.deepEqual(problems, []);
  await close();
});

test("its element works on a page of the site", async () => {
  const { page, problems, close } = await stage.open({
    path: "../site.html",
    before: (fresh) =>
      fresh.route("**/site.html", (route) =>
        route.fulfill({
          contentType: "text/html",
          body: `<!doctype html><script type="module" src="where/element.js"></script>
            <plot-lens value="${UNMISTAKABLE.War}"></plot-lens>`,
        }),
      ),
  });
  await page.waitForFunction(
    () => /** @type {any} */ (document.querySelector("plot-lens"))?.answer?.model === "blend",
  );
  const chosen = await page.evaluate(
    () => /** @type {any} */ (document.querySelector("plot-lens")).chosen,
  );
  assert.ok(chosen.includes("War"));
  assert.deepEqual(problems, []);
  await close();
});

test("what lies beside a file is the same file compressed, and the list tells the truth", async () => {
  const list = JSON.parse(await readFile(path.join(root, "files.json"), "utf8"));
  for (const { path: name, bytes, sha256: hash } of list.files) {
    const content = await readFile(path.join(root, name));
    assert.equal(content.length, bytes, name);
    assert.equal(sha256(content), hash, name);
    assert.ok(bytes < 20e6, name);
    if (existsSync(path.join(root, `${name}.gz`))) {
      assert.ok(gunzipSync(await readFile(path.join(root, `${name}.gz`))).equals(content), name);
      assert.ok(
        brotliDecompressSync(await readFile(path.join(root, `${name}.br`))).equals(content),
      );
    }
  }
  const names = await readdir(root, { recursive: true });
  assert.ok(names.some((name) => name.endsWith("distilbert.onnx.gz")));
});

test("another program has another folder, and the models keep theirs", async () => {
  const www = await readFolder(fileURLToPath(new URL("../../www/", import.meta.url)));
  const folders = (/** @type {Map<string, Buffer>} */ files) =>
    [...new Set([...files.keys()].map((name) => /** @type {string} */ (name.split("/")[0])))]
      .filter((name) => /^(app|model)-/.test(name))
      .sort();
  const before = folders(bundle(www));
  const changed = new Map(www).set("page/app.js", Buffer.from("changed"));
  const after = folders(bundle(changed));
  assert.equal(after.length, 2);
  assert.notEqual(after[0], before[0]);
  assert.equal(after[1], before[1]);
  const reworded = new Map(www).set("model/README.md", Buffer.from("reworded"));
  assert.deepEqual(folders(bundle(reworded)), before);
  const retrained = new Map(www).set("model/manifest.json", Buffer.from("{}"));
  assert.notEqual(folders(bundle(retrained))[1], before[1]);
});
