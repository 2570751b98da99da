/** @typedef {"auto" | "light" | "dark"} Wish */

/** Also read by early.js. */
const KEY = "plotlens-theme";
/** @type {Wish[]} */
const WISHES = ["auto", "light", "dark"];

/**
 * Makes a button that goes through automatic, light and dark. Where storage is refused the choice
 * lasts as long as the page.
 *
 * @param {HTMLElement} button
 */
export function setUpTheme(button) {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let wish = remembered();
  const show = () => {
    const effective = wish === "auto" ? (dark.matches ? "dark" : "light") : wish;
    document.documentElement.dataset["theme"] = effective;
    const label = button.querySelector(".theme-label") ?? button;
    label.textContent = `Theme: ${wish}`;
  };
  button.addEventListener("click", () => {
    wish = /** @type {Wish} */ (WISHES[(WISHES.indexOf(wish) + 1) % WISHES.length]);
    remember(wish);
    show();
  });
  dark.addEventListener("change", show);
  show();
}

/** @returns {Wish} */
function remembered() {
  try {
    return WISHES.find((wish) => wish === localStorage.getItem(KEY)) ?? "auto";
  } catch {
    return "auto";
  }
}

/** @param {Wish} wish */
function remember(wish) {
  try {
    localStorage.setItem(KEY, wish);
  } catch {
    // Refused: nothing else to do.
  }
}
