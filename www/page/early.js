// Runs before the first paint, so that the theme does not flash; theme.js takes over from here.
(() => {
  const root = document.documentElement;
  if (location.protocol === "file:") root.dataset.openedAsFile = "";
  let wish = null;
  try {
    wish = localStorage.getItem("plotlens-theme");
  } catch {
    // Storage may be refused; the system's wish holds then.
  }
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = wish === "dark" || (wish !== "light" && dark) ? "dark" : "light";
})();
