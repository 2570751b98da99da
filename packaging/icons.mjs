import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

/** Draws www/icons/icon.svg as the PNG files that systems want: node packaging/icons.mjs, with CHROME. */
const folder = fileURLToPath(new URL("../www/icons/", import.meta.url));
const svg = await readFile(`${folder}icon.svg`, "utf8");
const executablePath = process.env["CHROME"];
if (executablePath === undefined) throw new Error("Name a Chromium in the variable CHROME.");
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
for (const size of [192, 512]) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  const image = `data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}`;
  await page.setContent(
    `<style>body{margin:0}img{display:block}</style><img src="${image}" width="${size}">`,
  );
  await page.screenshot({ path: `${folder}icon-${size}.png` });
}
await browser.close();
