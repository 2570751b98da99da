/** Longest text that a link carries, in UTF-16 units. */
export const MOST_TEXT = 12_000;
/** A link longer than this is not even looked at: four bytes a unit, four letters for three bytes. */
const MOST_LETTERS = Math.ceil((MOST_TEXT * 4 * 4) / 3) + 4;
const PREFIX = "#t=";

/**
 * @param {string} text
 * @returns {string | null} the fragment that carries it (base64url of its UTF-8), or null where it
 *   is too long for a link
 */
export function toFragment(text) {
  if (text.length > MOST_TEXT) return null;
  const bytes = new TextEncoder().encode(text);
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  const base64 = btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return PREFIX + base64;
}

/**
 * Reads a fragment that anybody may have written.
 *
 * @param {string} fragment with its “#”
 * @returns {{ kind: "none" } | { kind: "text", text: string } | { kind: "bad", why: string }}
 */
export function fromFragment(fragment) {
  if (!fragment.startsWith(PREFIX)) return { kind: "none" };
  const letters = fragment.slice(PREFIX.length);
  if (letters.length > MOST_LETTERS) return bad("The link carries too long a text; paste it here.");
  if (!/^[\w-]+$/.test(letters)) return bad("The link is damaged; its text cannot be read.");
  try {
    const binary = atob(letters.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    if (text.length > MOST_TEXT) return bad("The link carries too long a text; paste it here.");
    return { kind: "text", text: withPlainBreaks(text) };
  } catch {
    return bad("The link is damaged; its text cannot be read.");
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
