import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { serve } from "../browser/support/server.mjs";
import { UNMISTAKABLE } from "../browser/support/texts.mjs";
import { read, ROOT, startFirefox } from "./support.mjs";

/** The stated distance of builds from each other, as a probability. */
const TOLERANCE = 1e-3;

const site = await serve({ prefix: "/films/" });
const { on, close } = await startFirefox();
after(async () => {
  await close();
  await site.close();
});

/** @param {string} text */
function byCommandLine(text) {
  const options = { input: text, encoding: /** @type {const} */ ("utf8"), cwd: ROOT };
  const command = `${ROOT}target/release/plotlens`;
  return JSON.parse(execFileSync(command, ["classify", "-", "--json"], options));
}

test("the page gives the genres and probabilities of the command line, and paints them", async () => {
  await on(site.url, async (page) => {
    for (const text of Object.values(UNMISTAKABLE)) {
      const rows = await read(page, text);
      for (const { genre, probability, chosen } of byCommandLine(text).genres) {
        const row = rows.find(({ name }) => name === genre);
        assert.equal(row?.chosen, chosen, genre);
        assert.ok(Math.abs(Number(row?.probability) - probability) < TOLERANCE, genre);
      }
      const painted = await page.evaluate(() =>
        [...CSS.highlights.values()].reduce((sum, { size }) => sum + size, 0),
      );
      assert.ok(painted > 0);
    }
  });
});

test("the keyboard reaches the genres and moves the paint", async () => {
  await on(site.url, async (page) => {
    await page.waitForSelector("#load-line[data-done]");
    await page.focus("#text");
    await page.keyboard.type("A sheriff and his outlaws ride out.");
    await page.waitForSelector('#answer[data-by="both"]');
    for (let stops = 0; stops < 40; stops += 1) {
      await page.keyboard.press("Tab");
      if (await page.evaluate(() => document.activeElement?.matches(".genre"))) break;
    }
    await page.keyboard.press("ArrowDown");
    const title = await page.$eval("#why-title", (heading) => heading.textContent);
    const focused = await page.evaluate(
      () => document.activeElement?.querySelector(".name")?.textContent,
    );
    assert.equal(title, `Why ${focused}?`);
  });
});

test("the single file opens from the disk", async () => {
  const file = `${ROOT}pkg/plotlens.html`;
  assert.ok(existsSync(file), "Make it first: ./build.sh dist --single-file");
  await on(pathToFileURL(file).href, async (page) => {
    const rows = await read(page, UNMISTAKABLE.Horror);
    assert.equal(rows[0]?.name, "Horror");
  });
});
