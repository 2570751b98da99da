import { withPlainBreaks } from "./fragment.js";
import { TextMap } from "./text-map.js";

/** @import { Span } from "./levels.js" */
/** @import { Surface } from "./surface.js" */

/**
 * An editable element whose own text is painted with the CSS Custom Highlight API. The browser does
 * all editing, so that its undo works; we only keep a last `<br>` in place, and never merge text
 * nodes, because the browser's undo steps hold on to them.
 *
 * @implements {Surface}
 */
export class LiveSurface {
  element = document.createElement("div");
  /** Always the same `<br>`, because the browser's undo steps hold on to it too. */
  #last = document.createElement("br");
  #map;
  #changed;
  #composing = false;

  static get supported() {
    const editable = document.createElement("div");
    editable.setAttribute("contenteditable", "plaintext-only");
    return (
      "highlights" in CSS &&
      typeof Highlight === "function" &&
      editable.contentEditable === "plaintext-only"
    );
  }

  /**
   * @param {HTMLElement} room
   * @param {string} placeholder
   * @param {() => void} changed
   */
  constructor(room, placeholder, changed) {
    this.#changed = changed;
    const host = this.element;
    host.className = "sheet";
    const attributes = {
      contenteditable: "plaintext-only",
      role: "textbox",
      "aria-multiline": "true",
      "aria-labelledby": "text-label",
      "aria-placeholder": placeholder,
      dir: "auto",
      spellcheck: "false",
      id: "text",
    };
    for (const [name, value] of Object.entries(attributes)) host.setAttribute(name, value);
    host.addEventListener("input", (event) => this.#edited(/** @type {InputEvent} */ (event)));
    host.addEventListener("compositionstart", () => (this.#composing = true));
    host.addEventListener("compositionend", () => {
      this.#composing = false;
      this.#edited(null);
    });
    host.append(this.#last);
    this.#map = this.#read();
    room.append(host);
  }

  get text() {
    return this.#map.text;
  }

  /** @param {string} text */
  replace(text) {
    const plain = withPlainBreaks(text);
    const host = this.element;
    const focused = document.activeElement === host;
    // Taken out and put back, the element forgets its undo steps, which would not fit the new text.
    const next = host.nextSibling;
    const parent = host.parentNode;
    host.remove();
    host.replaceChildren(...(plain === "" ? [] : [plain]), this.#last);
    parent?.insertBefore(host, next);
    if (focused) host.focus();
    this.#map = this.#read();
  }

  /** @param {Map<string, Span[]>} paint */
  paint(paint) {
    for (const [name, spans] of paint) {
      const ranges = spans.map(({ start, end }) => this.#map.range(start, end));
      const highlight = new Highlight(...ranges.filter((range) => range !== null));
      // Above the colours, so that the word that is read out shows.
      highlight.priority = name === "word" ? 1 : 0;
      CSS.highlights.set(name, highlight);
    }
  }

  caret() {
    const selection = getSelection();
    const node = selection?.focusNode;
    if (!selection?.isCollapsed || !node || document.activeElement !== this.element) return null;
    return this.#map.offset(this.element, node, selection.focusOffset);
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  offsetAt(x, y) {
    if ("caretPositionFromPoint" in document) {
      const place = document.caretPositionFromPoint(x, y);
      return place && this.#map.offset(this.element, place.offsetNode, place.offset);
    }
    const range = /** @type {Document} */ (document).caretRangeFromPoint?.(x, y);
    return range ? this.#map.offset(this.element, range.startContainer, range.startOffset) : null;
  }

  /**
   * @param {Span} span
   * @param {number} x
   * @param {number} y
   */
  covers({ start, end }, x, y) {
    const boxes = this.#map.range(start, end)?.getClientRects() ?? [];
    return [...boxes].some(
      (box) => x >= box.left && x <= box.right && y >= box.top && y <= box.bottom,
    );
  }

  /** @param {InputEvent | null} event */
  #edited(event) {
    // A change of nodes in the midst of a composition would break it.
    if (!this.#composing) this.#tidy(event?.inputType ?? "");
    this.#map = this.#read();
    this.#changed();
  }

  /** @param {string} inputType */
  #tidy(inputType) {
    const host = this.element;
    if (host.querySelector(":not(br)") !== null) this.#flatten();
    if (!(host.lastChild instanceof HTMLBRElement)) host.append(this.#last);
    // Undo brings back a last <br> that the browser had put there itself, beside ours.
    if (inputType === "insertLineBreak" || inputType === "insertParagraph") return;
    if (host.lastChild?.previousSibling instanceof HTMLBRElement) this.#last.remove();
    while (host.lastChild?.previousSibling instanceof HTMLBRElement) host.lastChild.remove();
  }

  /** Some way of editing has put elements into the text; keep what they say. */
  #flatten() {
    const host = this.element;
    host.replaceChildren(withPlainBreaks(host.innerText));
    getSelection()?.selectAllChildren(host);
    getSelection()?.collapseToEnd();
  }

  #read() {
    const map = new TextMap(this.element);
    this.element.toggleAttribute("data-empty", map.text === "");
    return map;
  }
}
