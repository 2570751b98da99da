/** The element's attributes and events. Types only: nothing here runs. */

import type { Answer, DeviceWish, Manifest, Progress } from "../engine/types.js";
import type { PlotLensError } from "../engine/errors.js";
import type { PlotLensElement } from "./plot-lens.js";

/** The attributes of `<plot-lens>`, all of which may be left out. */
export interface PlotLensAttributes {
  /** The text, at first and after a form's reset. */
  value?: string;
  /** As on a textarea. */
  readonly?: boolean;
  /** As on a textarea. */
  disabled?: boolean;
  /** What an empty text says. */
  placeholder?: string;
  /** The film's title, which is read before the text. */
  "film-title"?: string;
  /** How many genres are shown, 5 where left out; chosen ones always are. */
  genres?: number;
  /** The id of a textarea of yours: the element follows it and shows a painted copy. */
  for?: string;
  /** In a form, each chosen genre is submitted under it. */
  name?: string;
  /** `en`, `de` or `es`, here or on anything around; English otherwise. */
  lang?: string;
  /** The address of another folder of models. */
  model?: string;
  /** What runs DistilBERT; `auto` where left out. */
  device?: DeviceWish;
  /** `eager` loads the models at once; otherwise they are loaded when they are first needed. */
  loading?: "eager";
}

/** An answer, and the text that it is about. */
export interface PlotLensResult {
  /** The text as it was read. */
  text: string;
  /** The film's title, or an empty string. */
  title: string;
  /** What the models say. */
  answer: Answer;
  /** False while the keyword model is ahead of DistilBERT. */
  final: boolean;
}

/** What `<plot-lens>` tells; every event bubbles, out of shadow trees too. */
export interface PlotLensEvents {
  /** Both models can answer. */
  "plotlens-ready": CustomEvent<Manifest | null>;
  /** Some more of the models has arrived. */
  "plotlens-progress": CustomEvent<Progress>;
  /** There is an answer. */
  "plotlens-result": CustomEvent<PlotLensResult>;
  /** The text cannot be read, or the models cannot be loaded. */
  "plotlens-error": CustomEvent<PlotLensError>;
}

declare global {
  interface HTMLElementTagNameMap {
    "plot-lens": PlotLensElement;
  }
  interface GlobalEventHandlersEventMap extends PlotLensEvents {}
}
