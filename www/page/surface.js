import { LiveSurface } from "./surface-live.js";
import { OverlaySurface } from "./surface-overlay.js";

/** @import { Span } from "./levels.js" */

/**
 * @typedef {object} Surface where the text is typed and painted: one and the same text
 * @property {HTMLElement} element what has the focus while one types
 * @property {string} text exactly what was typed or pasted, with \n for line breaks
 * @property {(text: string) => void} replace puts in another text, without telling of a change
 * @property {(paint: Map<string, Span[]>) => void} paint sets where each named paint goes; other
 *   names keep theirs. Offsets are UTF-16 offsets into `text`; paint moves along with its words.
 * @property {() => number | null} caret offset of the caret while it is in the text
 * @property {(x: number, y: number) => number | null} offsetAt offset below a point of the window
 * @property {(span: Span, x: number, y: number) => boolean} covers whether a span is below a point
 */

/**
 * @param {HTMLElement} room
 * @param {string} placeholder
 * @param {() => void} changed told after each change that the user makes
 * @returns {Surface}
 */
export function makeSurface(room, placeholder, changed) {
  return LiveSurface.supported
    ? new LiveSurface(room, placeholder, changed)
    : new OverlaySurface(room, placeholder, changed);
}
