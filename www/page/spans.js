/** @import { Span } from "./levels.js" */

/**
 * Where spans of one text lie after it was edited into another. Those that the edit touched are
 * dropped.
 *
 * @param {readonly Span[]} spans
 * @param {string} before
 * @param {string} after
 * @returns {Span[]}
 */
export function shiftSpans(spans, before, after) {
  const { prefix, suffix } = common(before, after);
  const moved = after.length - before.length;
  return spans.flatMap(({ start, end }) => {
    if (end <= prefix) return [{ start, end }];
    if (start >= before.length - suffix) return [{ start: start + moved, end: end + moved }];
    return [];
  });
}

/**
 * Whether `after` is another text altogether, rather than an edit of `before`.
 *
 * @param {string} before
 * @param {string} after
 */
export function isAnotherText(before, after) {
  const { prefix, suffix } = common(before, after);
  return 2 * (prefix + suffix) < Math.min(before.length, after.length);
}

/**
 * The longest common beginning and, behind it, the longest common ending.
 *
 * @param {string} before
 * @param {string} after
 */
function common(before, after) {
  const most = Math.min(before.length, after.length);
  let prefix = 0;
  while (prefix < most && before[prefix] === after[prefix]) prefix += 1;
  let suffix = 0;
  while (suffix < most - prefix && before.at(-1 - suffix) === after.at(-1 - suffix)) suffix += 1;
  return { prefix, suffix };
}

/**
 * The item whose span holds an offset; one that ends there counts too, as a caret stands there.
 *
 * @template {Span} T
 * @param {readonly T[]} items in order, not overlapping
 * @param {number} offset
 * @returns {T | null}
 */
export function spanAt(items, offset) {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (/** @type {T} */ (items[middle]).end < offset) low = middle + 1;
    else high = middle;
  }
  const [here, next] = [items[low], items[low + 1]];
  // Between two words that touch, the one that begins there.
  if (next !== undefined && next.start === offset) return next;
  return here !== undefined && here.start <= offset ? here : null;
}
