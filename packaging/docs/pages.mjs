import { Marked } from "marked";

/** @typedef {{ name: string, short: string }} Page a file of docs/, and what links to it say */

/** In the order of the links on every page. @type {Page[]} */
export const PAGES = [
  { name: "README", short: "Documentation" },
  { name: "embedding", short: "Embedding" },
  { name: "api", short: "API" },
  { name: "hosting", short: "Hosting" },
  { name: "privacy", short: "Privacy" },
  { name: "browsers", short: "Browsers" },
  { name: "model-folder", short: "Model folder" },
  { name: "security", short: "Security" },
];

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'";

/** @param {string} name of a page */
export function fileOf(name) {
  return name === "README" ? "index.html" : `${name}.html`;
}

/**
 * A page for readers without the repository, as it lies in www/docs/. It needs no script: that for the
 * theme only follows what was chosen on the page itself.
 *
 * @param {Page} page
 * @param {string} markdown
 * @throws {Error} where the text has HTML in it, or a link to a page that is not there
 */
export function html(page, markdown) {
  const links = PAGES.map(({ name, short }) => {
    const current = name === page.name ? ' aria-current="page"' : "";
    return `<a href="${fileOf(name)}"${current}>${short}</a>`;
  });
  const body = new Marked({ renderer: renderer() }).parse(markdown, { async: false });
  const title = /^# (.+)$/m.exec(markdown)?.[1] ?? page.short;
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <meta name="referrer" content="no-referrer" />
    <title>${escaped(title)} · PlotLens</title>
    <link rel="icon" href="../icons/icon.svg" type="image/svg+xml" />
    <script src="../page/early.js"></script>
    <link rel="stylesheet" href="../styles/tokens.css" />
    <link rel="stylesheet" href="../styles/layout.css" />
    <link rel="stylesheet" href="dark.css" />
    <link rel="stylesheet" href="docs.css" />
  </head>
  <body>
    <header class="masthead">
      <p class="wordmark"><a href="../index.html">PlotLens</a></p>
      <nav class="views" aria-label="Documentation">
        ${links.join("\n        ")}
      </nav>
    </header>
    <main class="prose">
${body}    </main>
  </body>
</html>
`;
}

/**
 * Dark colours for readers without scripts, from the same place as the page's.
 *
 * @param {string} tokens styles/tokens.css
 */
export function darkSheet(tokens) {
  const block = /:root\[data-theme="dark"\],\s*\.plot-lens\[data-theme="dark"\] \{([^}]*)\}/;
  const colours = block.exec(tokens)?.[1];
  if (colours === undefined) throw new Error("tokens.css has no dark theme.");
  return `/* Written by npm run docs, from styles/tokens.css. */
@media screen and (prefers-color-scheme: dark) {
  :root:not([data-theme]) {${colours}}
}
`;
}

/** @returns {import("marked").RendererObject} */
function renderer() {
  /** @type {Set<string>} */
  const taken = new Set();
  return {
    heading({ tokens, depth, text }) {
      const id = anchor(text);
      const own = taken.has(id) ? "" : ` id="${id}"`;
      taken.add(id);
      return `<h${depth}${own}>${this.parser.parseInline(tokens)}</h${depth}>\n`;
    },
    link({ href, tokens }) {
      const text = this.parser.parseInline(tokens);
      const address = addressOf(href);
      return address === null ? text : `<a href="${escaped(address)}">${text}</a>`;
    },
    code({ text }) {
      return `<pre><code>${escaped(text)}\n</code></pre>\n`;
    },
    table({ header, rows }) {
      const line = (/** @type {typeof header} */ cells, tag = "td", scope = "") => {
        const inner = cells.map(({ tokens }) => this.parser.parseInline(tokens));
        return `<tr>${inner.map((cell) => `<${tag}${scope}>${cell}</${tag}>`).join("")}</tr>`;
      };
      const head = line(header, "th", ' scope="col"');
      const body = rows.map((row) => line(row)).join("\n");
      return `<div class="wide"><table>\n<thead>${head}</thead>\n<tbody>\n${body}\n</tbody></table></div>\n`;
    },
    html({ text }) {
      throw new Error(`HTML in Markdown: ${text}`);
    },
  };
}

/**
 * Where a link of a Markdown file leads on the site; null for what only the repository has.
 *
 * @param {string} href
 */
function addressOf(href) {
  const [, file = "", fragment = ""] = /^([^#]*)(#.*)?$/.exec(href) ?? [];
  if (file === "" || /^https?:/.test(file)) return href;
  const page = PAGES.find(({ name }) => file === `${name}.md`);
  if (page !== undefined) return fileOf(page.name) + fragment;
  if (file.startsWith("../www/")) return file.replace("../www/", "../") + fragment;
  if (file.startsWith("../")) return null;
  throw new Error(`There is no page ${href}.`);
}

/**
 * The name by which GitHub too lets a heading be linked.
 *
 * @param {string} heading
 */
function anchor(heading) {
  return heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, "")
    .replaceAll(" ", "-");
}

/** @param {string} text */
function escaped(text) {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
