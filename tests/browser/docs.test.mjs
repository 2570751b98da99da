import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setUpStage } from "./support/stage.mjs";

const stage = await setUpStage();
after(() => stage.close());

const DARK = "rgb(21, 20, 18)";
const LIGHT = "rgb(247, 245, 240)";

test("the documentation is read without a script, light and dark, on a narrow screen too", async () => {
  for (const javaScriptEnabled of [true, false]) {
    for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
      const viewport = { width: 360, height: 800 };
      const options = { path: "docs/index.html", javaScriptEnabled, colorScheme, viewport };
      const { page, problems, close } = await stage.open(options);
      const pages = await page.locator(".views a").count();
      for (let index = 0; index < pages; index += 1) {
        const link = page.locator(".views a").nth(index);
        await page.goto(new URL(String(await link.getAttribute("href")), page.url()).href);
        assert.equal(await link.getAttribute("aria-current"), "page");
        const html = page.locator("html");
        const seen = await html.evaluate((root) => [
          getComputedStyle(root).backgroundColor,
          root.scrollWidth - root.clientWidth,
        ]);
        assert.deepEqual(seen, [colorScheme === "dark" ? DARK : LIGHT, 0], page.url());
      }
      assert.ok(pages > 6);
      assert.deepEqual(problems, []);
      await close();
    }
  }
});

test("it follows the theme that was chosen on the page, and leads there and back", async () => {
  const { page, problems, close } = await stage.open({ colorScheme: "light" });
  await page.locator("#theme").click();
  await page.locator("#theme").click();
  await page.getByRole("link", { name: "The documentation" }).click();
  const colour = await page
    .locator("html")
    .evaluate((root) => getComputedStyle(root).backgroundColor);
  assert.equal(colour, DARK);
  await page.getByRole("link", { name: "API", exact: true }).click();
  await page.locator("#answer").getByText("Answer").waitFor();
  await page.locator(".wordmark a").click();
  await page.locator("#surface").waitFor();
  assert.deepEqual(problems, []);
  await close();
});
