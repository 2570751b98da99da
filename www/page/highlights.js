/** Highlights belong to the whole document: ours have this before their names. */
const PREFIX = "plotlens-";

/**
 * Changes what one surface has in a highlight, which may hold the ranges of others too.
 *
 * @param {string} name of a paint, such as “for-3”
 * @param {Range[]} before what it had
 * @param {Range[]} after what it has from now on
 */
export function highlight(name, before, after) {
  const shared = CSS.highlights.get(PREFIX + name) ?? make(name);
  for (const range of before) shared.delete(range);
  for (const range of after) shared.add(range);
}

/** @param {string} name */
function make(name) {
  const shared = new Highlight();
  // Above the colours, so that the word that is read out shows.
  shared.priority = name === "word" ? 1 : 0;
  CSS.highlights.set(PREFIX + name, shared);
  return shared;
}
