import { withPlainBreaks } from "./fragment.js";
import { highlight } from "./highlights.js";
import { TextMap } from "./text-map.js";

/** @import { Span } from "./levels.js" */
/** @import { Surface, SurfaceOptions } from "./surface.js" */

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
  /** @type {Map<string, Range[]>} what this surface has painted, by name */
  #painted = new Map();

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
   * @param {SurfaceOptions} options
   */
  constructor(room, { placeholder, attributes, changed }) {
    this.#changed = changed;
    const host = this.element;
    host.className = "sheet";
    const own = { role: "textbox", "aria-multiline": "true", dir: "auto", spellcheck: "false" };
    for (const [name, value] of Object.entries({ ...own, ...attributes })) {
      host.setAttribute(name, value);
    }
    this.readOnly = false;
    this.placeholder = placeholder;
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

  get readOnly() {
    return this.element.getAttribute("contenteditable") === "false";
  }

  set readOnly(readOnly) {
    this.element.setAttribute("contenteditable", readOnly ? "false" : "plaintext-only");
    this.element.setAttribute("aria-readonly", String(readOnly));
    // What cannot be edited is scrolled with the keyboard all the same.
    this.element.tabIndex = 0;
  }

  get placeholder() {
    return this.element.getAttribute("aria-placeholder") ?? "";
  }

  set placeholder(placeholder) {
    this.element.setAttribute("aria-placeholder", placeholder);
  }

  /** The document, or the shadow root that the surface stands in. */
  get #root() {
    return /** @type {Document | ShadowRoot} */ (this.element.getRootNode());
  }

  /** @param {string} text */
  replace(text) {
    const plain = withPlainBreaks(text);
    const host = this.element;
    const focused = this.#root.activeElement === host;
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
      const ranges = spans.flatMap(({ start, end }) => this.#map.range(start, end) ?? []);
      highlight(name, this.#painted.get(name) ?? [], ranges);
      this.#painted.set(name, ranges);
    }
  }

  clear() {
    for (const [name, ranges] of this.#painted) highlight(name, ranges, []);
    this.#painted.clear();
  }

  caret() {
    const root = /** @type {{ getSelection?: () => Selection | null }} */ (this.#root);
    const selection = root.getSelection?.() ?? getSelection();
    const node = selection?.focusNode;
    if (!selection?.isCollapsed || !node || this.#root.activeElement !== this.element) return null;
    return this.#map.offset(this.element, node, selection.focusOffset);
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  offsetAt(x, y) {
    if ("caretPositionFromPoint" in document) {
      const root = this.#root;
      const shadowRoots = root instanceof ShadowRoot ? [root] : [];
      const place = document.caretPositionFromPoint(x, y, { shadowRoots });
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
