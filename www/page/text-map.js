/**
 * The text of an editing host, read from its nodes. A line break is a "\n" in a text node or a
 * `<br>`; the last `<br>` is no character: it is what gives the last, empty line its height.
 */
export class TextMap {
  /** @type {{ node: Node, start: number, length: number }[]} */
  #pieces = [];
  /** The host's text. */
  text = "";

  /** @param {HTMLElement} host whose children are text nodes and `<br>` only */
  constructor(host) {
    const parts = [];
    let start = 0;
    for (const node of host.childNodes) {
      const part = node instanceof Text ? node.data : node === host.lastChild ? "" : "\n";
      this.#pieces.push({ node, start, length: part.length });
      parts.push(part);
      start += part.length;
    }
    this.text = parts.join("");
  }

  /**
   * The place in the nodes that an offset means.
   *
   * @param {number} offset UTF-16, within the text
   * @returns {{ node: Node, offset: number } | null}
   */
  point(offset) {
    let low = 0;
    let high = this.#pieces.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (/** @type {{ start: number }} */ (this.#pieces[middle]).start <= offset) low = middle;
      else high = middle - 1;
    }
    const piece = this.#pieces[low];
    if (piece === undefined) return null;
    if (piece.node instanceof Text) {
      return { node: piece.node, offset: Math.min(offset - piece.start, piece.length) };
    }
    const parent = piece.node.parentNode;
    return parent === null ? null : { node: parent, offset: low };
  }

  /**
   * The offset that a place in the nodes means.
   *
   * @param {HTMLElement} host
   * @param {Node} node
   * @param {number} offset in `node`, as in a selection
   * @returns {number | null} null for a place outside the host
   */
  offset(host, node, offset) {
    if (node === host) return this.#pieces[offset]?.start ?? this.text.length;
    const piece = this.#pieces.find((candidate) => candidate.node === node);
    return piece === undefined ? null : piece.start + Math.min(offset, piece.length);
  }

  /**
   * @param {number} start UTF-16 offset
   * @param {number} end UTF-16 offset
   * @returns {Range | null}
   */
  range(start, end) {
    const from = this.point(start);
    const to = this.point(end);
    if (from === null || to === null) return null;
    const range = document.createRange();
    range.setStart(from.node, from.offset);
    range.setEnd(to.node, to.offset);
    return range;
  }
}
