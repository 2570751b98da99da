/**
 * Light or dark, as the page around the element is: light letters stand on something dark.
 *
 * @param {Element} element
 * @returns {"light" | "dark"}
 */
export function themeAround(element) {
  const [red = 0, green = 0, blue = 0] = (
    getComputedStyle(element).color.match(/[\d.]+/g) ?? []
  ).map(Number);
  // The luma of ITU-R BT.601, good enough for telling light from dark.
  return 0.299 * red + 0.587 * green + 0.114 * blue > 127 ? "dark" : "light";
}

/** What the visitor prefers; a page that follows it changes its colours with it. */
export const DARK = matchMedia("(prefers-color-scheme: dark)");
