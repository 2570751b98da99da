import { withPlainBreaks } from "./fragment.js";
import { shiftSpans } from "./spans.js";

/** @import { Span } from "./levels.js" */
/** @import { Surface, SurfaceOptions } from "./surface.js" */

/**
 * For browsers that cannot paint an editable text: a see-through textarea over a painted copy of its
 * text that breaks lines alike.
 *
 * @implements {Surface}
 */
export class OverlaySurface {
  element = document.createElement("textarea");
  #backdrop = document.createElement("div");
  #changed;
  #text = "";
  /** @type {Map<string, Span[]>} */
  #paint = new Map();

  /**
   * @param {HTMLElement} room
   * @param {SurfaceOptions} options
   */
  constructor(room, { placeholder, attributes, changed }) {
    this.#changed = changed;
    const area = this.element;
    area.className = "sheet";
    area.placeholder = placeholder;
    area.spellcheck = false;
    area.dir = "auto";
    area.rows = 8;
    for (const [name, value] of Object.entries(attributes)) area.setAttribute(name, value);
    area.addEventListener("input", () => this.#edited());
    area.addEventListener("scroll", () => this.#follow());
    this.#backdrop.className = "sheet backdrop";
    this.#backdrop.dir = "auto";
    this.#backdrop.setAttribute("aria-hidden", "true");
    room.append(this.#backdrop, area);
  }

  get text() {
    return this.#text;
  }

  get readOnly() {
    return this.element.readOnly;
  }

  set readOnly(readOnly) {
    this.element.readOnly = readOnly;
  }

  get placeholder() {
    return this.element.placeholder;
  }

  set placeholder(placeholder) {
    this.element.placeholder = placeholder;
  }

  /** @param {string} text */
  replace(text) {
    this.#text = withPlainBreaks(text);
    this.element.value = this.#text;
    this.#paint.clear();
    this.#draw();
  }

  /** @param {Map<string, Span[]>} paint */
  paint(paint) {
    for (const [name, spans] of paint) this.#paint.set(name, spans);
    this.#draw();
  }

  clear() {
    this.#paint.clear();
    this.#draw();
  }

  caret() {
    const { selectionStart, selectionEnd } = this.element;
    if (!this.element.matches(":focus")) return null;
    return selectionStart === selectionEnd ? selectionStart : null;
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  offsetAt(x, y) {
    if (!("caretPositionFromPoint" in document)) return null;
    const place = document.caretPositionFromPoint(x, y);
    return place?.offsetNode === this.element ? place.offset : null;
  }

  /** The copy behind is not asked: the offset below the point decides. */
  covers() {
    return true;
  }

  #edited() {
    const before = this.#text;
    this.#text = this.element.value;
    for (const [name, spans] of this.#paint) {
      this.#paint.set(name, shiftSpans(spans, before, this.#text));
    }
    this.#draw();
    this.#changed();
  }

  #draw() {
    const area = this.element;
    area.style.setProperty("height", "auto");
    area.style.setProperty("height", `${area.scrollHeight}px`);
    /** @type {Map<string, Span & { names: string[] }>} */
    const pieces = new Map();
    for (const [name, spans] of this.#paint) {
      for (const { start, end } of spans) {
        const piece = pieces.get(`${start} ${end}`) ?? { start, end, names: [] };
        piece.names.push(`paint-${name}`);
        pieces.set(`${start} ${end}`, piece);
      }
    }
    const nodes = [];
    let at = 0;
    for (const { start, end, names } of [...pieces.values()].sort((a, b) => a.start - b.start)) {
      if (start < at) continue;
      const span = document.createElement("span");
      span.className = names.join(" ");
      span.textContent = this.#text.slice(start, end);
      nodes.push(this.#text.slice(at, start), span);
      at = end;
    }
    // The last line of a textarea has its height even when it is empty.
    this.#backdrop.replaceChildren(...nodes, `${this.#text.slice(at)}\u200b`);
    this.#follow();
  }

  #follow() {
    this.#backdrop.scrollTop = this.element.scrollTop;
  }
}
