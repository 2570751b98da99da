import "../engine/trusted-types.js";

/** @typedef {"classify" | "evaluate"} Name */

/** The two halves of the page; the second is fetched when it is first opened. Also read by early.js. */
const EVALUATE = "#evaluate";
let fetched = false;

/** @param {Name} name */
function show(name) {
  document.documentElement.dataset["shows"] = name;
  for (const link of document.querySelectorAll("[data-opens]")) {
    if (link.getAttribute("data-opens") === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (name === "evaluate" && !fetched) void fetchEvaluate();
}

async function fetchEvaluate() {
  fetched = true;
  const host = /** @type {HTMLElement} */ (document.getElementById("evaluate"));
  try {
    const { EvaluateView } = await import("../evaluate/view.js");
    await new EvaluateView(host).start();
  } catch {
    fetched = false;
    host.textContent = "This part of the page did not arrive. Check the connection and reload.";
  }
}

function follow() {
  // About belongs to both.
  if (location.hash === "#about") return;
  show(location.hash === EVALUATE ? "evaluate" : "classify");
}

addEventListener("hashchange", follow);
follow();
