// Runs before the first paint, so that neither the theme nor the view flashes; theme.js and views.js
// take over from here.
(() => {
  const root = document.documentElement;
  if (location.protocol === "file:") root.dataset.openedAsFile = "";
  root.dataset.shows = location.hash === "#evaluate" ? "evaluate" : "classify";
  let wish = null;
  try {
    wish = localStorage.getItem("plotlens-theme");
  } catch {
    // Storage may be refused; the system's wish holds then.
  }
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = wish === "dark" || (wish !== "light" && dark) ? "dark" : "light";
})();
