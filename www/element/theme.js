/**
 * Something unseen that has the colour of the letters around it, in sRGB however the page names it:
 * `oklch(…)` and the like are mixed with themselves.
 */
export function makeInk() {
  const ink = document.createElement("span");
  ink.hidden = true;
  ink.style.color = "color-mix(in srgb, currentcolor, currentcolor)";
  return ink;
}

/**
 * Light or dark, as the page around is: light letters stand on something dark.
 *
 * @param {Element} ink of `makeInk`
 * @returns {"light" | "dark"}
 */
export function themeAround(ink) {
  const { color } = getComputedStyle(ink);
  const [red = 0, green = 0, blue = 0] = (color.match(/-?[\d.]+(e-?\d+)?/g) ?? []).map(Number);
  const white = color.startsWith("color(") ? 1 : 255;
  // The luma of ITU-R BT.601, good enough for telling light from dark.
  return 0.299 * red + 0.587 * green + 0.114 * blue > white / 2 ? "dark" : "light";
}

/** What the visitor prefers; a page that follows it changes its colours with it. */
export const DARK = matchMedia("(prefers-color-scheme: dark)");
