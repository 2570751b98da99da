import { LiveSurface } from "./surface-live.js";
import { OverlaySurface } from "./surface-overlay.js";

/** @import { Span } from "./levels.js" */

/**
 * @typedef {object} SurfaceOptions
 * @property {string} placeholder
 * @property {Record<string, string>} attributes of the element that has the focus: its name, its id
 * @property {() => void} changed told after each change that the user makes
 */

/**
 * @typedef {object} Surface where the text is typed and painted: one and the same text
 * @property {HTMLElement} element what has the focus while one types
 * @property {string} text exactly what was typed or pasted, with \n for line breaks
 * @property {boolean} readOnly whether the user may not change the text; false at first
 * @property {string} placeholder
 * @property {(text: string) => void} replace puts in another text, without telling of a change
 * @property {(paint: Map<string, Span[]>) => void} paint sets where each named paint goes; other
 *   names keep theirs. Offsets are UTF-16 offsets into `text`; paint moves along with its words.
 * @property {() => number | null} caret offset of the caret while it is in the text
 * @property {(x: number, y: number) => number | null} offsetAt offset below a point of the window
 * @property {(span: Span, x: number, y: number) => boolean} covers whether a span is below a point
 * @property {() => void} clear takes away all paint, as before the surface leaves the page
 */

/**
 * @param {HTMLElement} room
 * @param {SurfaceOptions} options
 * @returns {Surface}
 */
export function makeSurface(room, options) {
  return LiveSurface.supported ? new LiveSurface(room, options) : new OverlaySurface(room, options);
}
