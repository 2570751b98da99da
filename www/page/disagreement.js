import { inWords, percent } from "./format.js";
import { largest, typical } from "./levels.js";
import { MODELS } from "./sentences.js";

/** @import { Answer, GenreAnswer } from "../engine/types.js" */

/** How many words are named for each model. */
const MOST = 3;
/** The share of a model's largest amount that a word must have to be named. */
const LEAST = 0.05;

/**
 * Where one model chooses a genre and the other does not, and which words are behind it.
 *
 * @param {string} text what the answer was given for
 * @param {Answer} answer
 * @returns {string[]} a sentence for each such genre, the most probable first
 */
export function disagreements(text, answer) {
  return answer.genres
    .filter(({ distilbert, keywords }) => distilbert && distilbert.chosen !== keywords.chosen)
    .map((genre) => {
      const yesFirst = MODELS.toSorted(
        ([a], [b]) => Number(genre[b]?.chosen) - Number(genre[a]?.chosen),
      );
      const said = yesFirst.map(([model, name]) => stance(text, answer, genre, model, name));
      return `${genre.genre}: ${said.join("; ")}.`;
    });
}

/**
 * @param {string} text
 * @param {Answer} answer
 * @param {GenreAnswer} genre
 * @param {"distilbert" | "keywords"} model
 * @param {string} name
 */
function stance(text, answer, genre, model, name) {
  const own = genre[model];
  const says = `${name} says ${own?.chosen ? "yes" : "no"} (${percent(own?.probability ?? 0)})`;
  if (answer.explanations[model] === null) return says;
  const words = responsible(text, answer, model, genre.index, own?.chosen ? 1 : -1);
  if (words.length > 0) return `${says}, above all because of ${inWords(words)}`;
  if (own?.chosen) return `${says}, without a word that speaks for it`;
  return `${says}: no word speaks against it, but too little for it`;
}

/**
 * The words that speak most for a genre, or against it, beyond what every word of the text does.
 *
 * @param {string} text
 * @param {Answer} answer
 * @param {"distilbert" | "keywords"} model
 * @param {number} genre index
 * @param {1 | -1} sign
 * @returns {string[]} in quotation marks, each once
 */
function responsible(text, answer, model, genre, sign) {
  const usual = typical(answer, model, genre);
  const least = LEAST * largest(answer, model);
  const strong = answer.words
    .map((word) => ({ word, excess: sign * (word[model]?.[genre] ?? 0) - usual }))
    .filter(({ excess }) => excess > least)
    .sort((a, b) => b.excess - a.excess)
    .map(({ word }) => text.slice(word.start, word.end).toLowerCase());
  return [...new Set(strong)].slice(0, MOST).map((word) => `“${word}”`);
}
