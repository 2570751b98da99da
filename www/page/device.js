import { duration } from "./format.js";

/** @import { Device } from "../engine/types.js" */

/** How either is called in a sentence. */
export const PROCESSORS = /** @type {const} */ ({ cpu: "CPU", webgpu: "WebGPU" });

/**
 * What runs DistilBERT.
 *
 * @param {Device} device
 */
export function runsOn({ used }) {
  return used === "cpu"
    ? "DistilBERT runs on the processor (CPU)"
    : "DistilBERT runs on the graphics processor (WebGPU)";
}

/**
 * Why it is that one.
 *
 * @param {Device} device
 */
export function because({ why, used, adapter, timings, difference }) {
  const name = adapter === null ? "The graphics processor" : `The graphics processor (${adapter})`;
  const points = ((difference ?? 0) * 100).toFixed(2);
  const times =
    timings === null
      ? ""
      : ` For a few plots it took ${duration(timings.webgpu)}, the processor ${duration(timings.cpu)}.`;
  const right = `${name} gives the same answers, within ${points} percentage points.${times}`;
  switch (why) {
    case "untried":
      return "The graphics processor is tried after the first answer, where the browser offers one.";
    case "trying":
      return `${name} is being tried.`;
    case "asked":
      return used === "cpu" ? "The processor was asked for by name." : right;
    case "faster":
      return right;
    case "slower":
      return `${right} The faster one is used.`;
    case "wrong":
      return `${name} gave answers that differ by up to ${points} percentage points, so it is not used.`;
    case "unavailable":
      return "The browser offers no graphics processor that PlotLens can use.";
    case "left-out":
      return "This site does not hold the program for the graphics processor.";
    case "not-fetched":
      return "The program for the graphics processor could not be fetched; it is tried when the page is opened again.";
    case "failed":
      return `${name} stopped or did not answer in time. It is not tried again on this page; no answer was lost.`;
  }
}
