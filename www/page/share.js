import { toFragment } from "./fragment.js";

/** @import { Answer } from "../engine/types.js" */

/**
 * @param {string} text
 * @returns {string | null} this page's address with the text in its fragment; null for too long a text
 */
export function linkTo(text) {
  const fragment = toFragment(text);
  return fragment === null ? null : location.href.replace(/#.*$/s, "") + fragment;
}

/**
 * An answer as JSON for other programs: probabilities to four decimals, without the words.
 *
 * @param {string} text
 * @param {Answer} answer
 */
export function asJson(text, answer) {
  /** @param {number} value */
  const round = (value) => Math.round(value * 10_000) / 10_000;
  const genres = answer.genres.map(({ genre, probability, threshold, chosen, keywords }) => ({
    genre,
    probability: round(probability),
    threshold: round(threshold),
    chosen,
    keywords: {
      probability: round(keywords.probability),
      threshold: round(keywords.threshold),
      chosen: keywords.chosen,
    },
  }));
  const { model, clear, read, device, timings } = answer;
  const chosen = genres.filter((genre) => genre.chosen).map(({ genre }) => genre);
  return JSON.stringify({ model, chosen, clear, genres, read, device, timings, text }, null, 2);
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
