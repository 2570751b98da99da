import { PROCESSORS } from "./device.js";
import { counted, duration, inWords, percentInWords, size } from "./format.js";

/** @import { Answer, Classification, Manifest } from "../engine/types.js" */

/** Each model by the name it has in a sentence. @type {readonly ["distilbert" | "keywords", string][]} */
export const MODELS = [
  ["distilbert", "DistilBERT"],
  ["keywords", "the keyword model"],
];

/**
 * The answer in words: its genres, or the closest where none is clear.
 *
 * @param {Classification} answer
 */
export function verdict(answer) {
  const chosen = answer.genres.filter((genre) => genre.chosen).map(({ genre }) => genre);
  if (answer.clear) return inWords(chosen);
  return `Nothing clear; closest is ${chosen[0] ?? answer.genres[0]?.genre}`;
}

/**
 * Whether the two models agree with what is shown.
 *
 * @param {Classification} answer
 */
export function agreement(answer) {
  if (answer.model === "keywords") return "This is the keyword model’s answer alone.";
  const ours = answer.genres.filter(({ chosen }) => chosen).map(({ genre }) => genre);
  const others = MODELS.filter(([model]) => model !== answer.model);
  const said = others.map(([model, name]) => {
    const theirs = chosenBy(answer, model);
    const same = theirs.length === ours.length && theirs.every((genre) => ours.includes(genre));
    return { name, same, words: same ? "the same" : inWords(theirs) };
  });
  if (said.length > 1 && said.every(({ same }) => same)) return "Both models say the same.";
  // Whoever agrees comes first: “the same” is what stands above.
  said.sort((a, b) => Number(b.same) - Number(a.same));
  const sentence = said.map(({ name, words }) => `${name} says ${words}`).join("; ");
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`;
}

/**
 * The genres that one model chose, its most probable first.
 *
 * @param {Classification} answer
 * @param {"distilbert" | "keywords"} model
 */
function chosenBy({ genres }, model) {
  return genres
    .flatMap(({ genre, [model]: own }) => (own?.chosen ? [{ genre, own }] : []))
    .sort((a, b) => b.own.probability - a.own.probability)
    .map(({ genre }) => genre);
}

/**
 * How much was read.
 *
 * @param {string} text
 * @param {Answer} answer
 */
export function howMuch(text, { read, device, timings }) {
  const words = `${counted(read.wordsRead, "word", "words")} read`;
  const cut = read.titleIsCut ? ". Only the start of the title was read" : "";
  const line = `${words} · ${duration(timings.total)} · ${PROCESSORS[device]}${cut}`;
  if (read.truncatedAt === null) return line;
  const rest = counted(text.length - read.truncatedAt, "character", "characters");
  return `${line}. The last ${rest} were not read; they are struck through.`;
}

/**
 * What a screen reader is told of an answer.
 *
 * @param {string} text
 * @param {Answer} answer
 */
export function spoken(text, answer) {
  const chosen = answer.genres.filter((genre) => genre.chosen);
  const genres = chosen.map(({ genre, probability }) => `${genre} ${percentInWords(probability)}`);
  const said = answer.clear ? inWords(genres) : `Nothing clear; closest is ${genres.join("")}`;
  const whole = answer.read.truncatedAt === null && !answer.read.titleIsCut;
  const cut = whole ? "" : ` ${howMuch(text, answer)}`;
  return `${said}.${cut}`;
}

/**
 * How big the models are.
 *
 * @param {Manifest} manifest
 */
export function sizes({ files }) {
  /** @param {string} model */
  const of = (model) =>
    size(files.reduce((sum, file) => sum + (file.model === model ? file.bytes : 0), 0));
  return `DistilBERT is a download of ${of("distilbert")}, the keyword model of ${of("keywords")}.`;
}
