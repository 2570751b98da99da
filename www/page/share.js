import { toFragment } from "./fragment.js";

/** @import { Answer, ModelAnswer } from "../engine/types.js" */
/** @import { Plot } from "./reading.js" */

/**
 * @param {Plot} plot
 * @returns {string | null} this page's address with the plot in its fragment; null for too long a text
 */
export function linkTo(plot) {
  const fragment = toFragment(plot);
  return fragment === null ? null : location.href.replace(/#.*$/s, "") + fragment;
}

/**
 * An answer as JSON for other programs: probabilities to four decimals, without the words.
 *
 * @param {Plot} plot
 * @param {Answer} answer
 */
export function asJson({ title, text }, answer) {
  /** @param {number} value */
  const round = (value) => Math.round(value * 10_000) / 10_000;
  /** @param {ModelAnswer | null} opinion */
  const rounded = (opinion) =>
    opinion && {
      probability: round(opinion.probability),
      threshold: round(opinion.threshold),
      chosen: opinion.chosen,
    };
  const genres = answer.genres.map((row) => ({
    genre: row.genre,
    ...rounded(row),
    distilbert: rounded(row.distilbert),
    keywords: rounded(row.keywords),
  }));
  const { model, clear, read, device, timings } = answer;
  const chosen = answer.genres.filter((row) => row.chosen).map(({ genre }) => genre);
  const plot = title === "" ? { text } : { title, text };
  return JSON.stringify({ model, chosen, clear, genres, read, device, timings, ...plot }, null, 2);
}

/**
 * Puts text on the clipboard, the old way where the new one is refused or missing.
 *
 * @param {string} text
 * @returns {Promise<boolean>} whether it is there
 */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyByCommand(text);
  }
}

/** @param {string} text */
function copyByCommand(text) {
  const before = document.activeElement;
  const area = document.createElement("textarea");
  area.className = "unseen";
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (before instanceof HTMLElement) before.focus();
  return done;
}
