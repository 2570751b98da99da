import { makeInk } from "./theme.js";

/** The sheets of the page that the element wears too, and its own. */
const SHEETS = ["tokens", "text", "paint", "genres"].map((name) => `../styles/${name}.css`);
SHEETS.push("./element.css");

/** A sheet that does not come within this time (milliseconds) is not waited for any longer. */
const PATIENCE = 5000;

/**
 * The element's own tree, hidden until its sheets are there.
 *
 * @param {ShadowRoot} shadow
 */
export function build(shadow) {
  const root = make("div", "root", "plot-lens answer");
  const surface = make("div", "text", "surface");
  const legend = make("p", "legend", "legend");
  const towards = make("span", "", "sample for");
  const away = make("span", "", "sample against");
  legend.append(towards, away);
  const verdict = make("p", "verdict", "verdict");
  verdict.setAttribute("role", "status");
  const genres = make("div", "genres", "genres");
  genres.setAttribute("role", "listbox");
  const note = make("div", "note", "note");
  const sentence = make("p", "", "");
  const retry = document.createElement("button");
  retry.type = "button";
  retry.part.add("retry");
  retry.hidden = true;
  note.append(sentence, retry);
  root.append(surface, legend, verdict, genres, note);
  root.hidden = true;
  const ink = makeInk();
  shadow.append(...SHEETS.map((sheet) => link(sheet)), ink, root);
  void whenLoaded(shadow).then(() => (root.hidden = false));
  return { root, ink, surface, legend, towards, away, verdict, genres, note, sentence, retry };
}

/**
 * @param {string} tag
 * @param {string} part
 * @param {string} className
 */
function make(tag, part, className) {
  const element = document.createElement(tag);
  element.className = className;
  if (part !== "") element.part.add(part);
  return element;
}

/** @param {string} sheet */
function link(sheet) {
  const element = document.createElement("link");
  element.rel = "stylesheet";
  element.href = new URL(sheet, import.meta.url).href;
  return element;
}

/** @param {ShadowRoot} shadow */
async function whenLoaded(shadow) {
  const loaded = [...shadow.querySelectorAll("link")].map(
    (sheet) =>
      new Promise((resolve) => {
        sheet.addEventListener("load", resolve);
        sheet.addEventListener("error", resolve);
      }),
  );
  const enough = new Promise((resolve) => setTimeout(resolve, PATIENCE));
  await Promise.race([Promise.all(loaded), enough]);
}
