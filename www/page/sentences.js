import { counted, duration, inWords, percentInWords, size } from "./format.js";

/** @import { Answer, Classification, Manifest } from "../engine/types.js" */

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
 * Whether the two models agree.
 *
 * @param {Classification} answer
 */
export function agreement(answer) {
  if (answer.model === "keywords") return "This is the keyword model’s answer alone.";
  const theirs = answer.genres
    .filter(({ keywords }) => keywords.chosen)
    .sort((a, b) => b.keywords.probability - a.keywords.probability)
    .map(({ genre }) => genre);
  const ours = answer.genres.filter(({ chosen }) => chosen).map(({ genre }) => genre);
  const same = theirs.length === ours.length && theirs.every((genre) => ours.includes(genre));
  if (same) return "The keyword model says the same.";
  return `The keyword model says ${inWords(theirs)}.`;
}

/**
 * How much was read.
 *
 * @param {string} text
 * @param {Answer} answer
 */
export function howMuch(text, { read, device, timings }) {
  const words = `${counted(read.wordsRead, "word", "words")} read`;
  const line = `${words} · ${duration(timings.total)} · ${device.toUpperCase()}`;
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
  const cut = answer.read.truncatedAt === null ? "" : ` ${howMuch(text, answer)}`;
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
