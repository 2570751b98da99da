/** Longest text that a link carries, in UTF-16 units. */
export const MOST_TEXT = 12_000;
/** A link longer than this is not even looked at: four bytes a unit, four letters for three bytes. */
const MOST_LETTERS = Math.ceil((MOST_TEXT * 4 * 4) / 3) + 4;
const PREFIX = "#t=";
const TITLE = "&title=";
/** Longest title, as the page's own field has it. */
export const MOST_TITLE = 200;

/** @import { Plot } from "./reading.js" */

/**
 * @param {Plot} plot
 * @returns {string | null} the fragment that carries it (base64url of its UTF-8), or null where it
 *   is too long for a link
 */
export function toFragment({ title, text }) {
  if (text.length > MOST_TEXT || title.length > MOST_TITLE) return null;
  return PREFIX + toBase64(text) + (title === "" ? "" : TITLE + toBase64(title));
}

/**
 * Reads a fragment that anybody may have written.
 *
 * @param {string} fragment with its “#”
 * @returns {{ kind: "none" } | { kind: "plot", plot: Plot } | { kind: "bad", why: string }}
 */
export function fromFragment(fragment) {
  if (!fragment.startsWith(PREFIX)) return { kind: "none" };
  if (fragment.length > 2 * MOST_LETTERS) return bad(TOO_LONG);
  const [letters = "", titleLetters, ...rest] = fragment.slice(PREFIX.length).split(TITLE);
  if (letters.length > MOST_LETTERS) return bad(TOO_LONG);
  const text = fromBase64(letters);
  const title = titleLetters === undefined ? "" : fromBase64(titleLetters);
  if (text === null || title === null || rest.length > 0) return bad(DAMAGED);
  if (text.length > MOST_TEXT || title.length > MOST_TITLE) return bad(TOO_LONG);
  const oneLine = withPlainBreaks(title).replaceAll("\n", " ");
  return { kind: "plot", plot: { title: oneLine, text: withPlainBreaks(text) } };
}

const TOO_LONG = "The link carries too long a text; paste it here.";
const DAMAGED = "The link is damaged; its text cannot be read.";

/** @param {string} text */
function toBase64(text) {
  let binary = "";
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/**
 * @param {string} letters
 * @returns {string | null} null where that is not base64url of UTF-8
 */
function fromBase64(letters) {
  if (!/^[\w-]+$/.test(letters)) return null;
  try {
    const binary = atob(letters.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/**
 * @param {string} text
 * @returns {string} with \n for every line break
 */
export function withPlainBreaks(text) {
  return text.replace(/\r\n?/g, "\n");
}

/** @param {string} why */
function bad(why) {
  return { kind: /** @type {const} */ ("bad"), why };
}
