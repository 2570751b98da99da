// The first program of the single file: makes blobs of the data blocks, one after the other, then
// starts the page. Each block is let go as soon as it is read.

/** Letters decoded at a time: whole groups of four. */
const PIECE = 1 << 20;

async function start() {
  /** @type {Record<string, Blob>} */
  const files = {};
  /** @type {Record<string, string>} */
  const workers = {};
  for (const block of document.querySelectorAll("script[data-path]")) {
    const path = block.getAttribute("data-path") ?? "";
    const blob = await unpack(block, block.getAttribute("data-type") ?? "");
    if (block.hasAttribute("data-worker")) workers[path] = await blob.text();
    else files[path] = blob;
    block.remove();
  }
  Object.assign(globalThis, { plotlensInside: { files, workers } });
  const card = document.querySelector(".card-link a");
  card?.setAttribute("href", addressOf(files, "model/README.md"));
  const program = document.createElement("script");
  program.src = addressOf(files, "page.js");
  document.head.append(program);
}

/**
 * @param {Record<string, Blob>} files
 * @param {string} path
 */
function addressOf(files, path) {
  return URL.createObjectURL(/** @type {Blob} */ (files[path]));
}

/**
 * Base64 of gzip, a piece at a time.
 *
 * @param {Element} block
 * @param {string} type
 */
async function unpack(block, type) {
  const letters = block.textContent ?? "";
  block.textContent = "";
  const parts = [];
  for (let at = 0; at < letters.length; at += PIECE) {
    const bytes = atob(letters.slice(at, at + PIECE));
    parts.push(Uint8Array.from(bytes, (letter) => letter.charCodeAt(0)));
  }
  const unzipped = new Blob(parts).stream().pipeThrough(new DecompressionStream("gzip"));
  const blob = await new Response(unzipped).blob();
  return new Blob([blob], { type });
}

start().catch((error) => {
  const stop = document.createElement("p");
  stop.className = "stop";
  stop.textContent = `This file cannot be read by this browser. Update it, or try another one. (${error.message})`;
  document.body.prepend(stop);
});
