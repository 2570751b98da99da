/** Shapes shared by the page, the public API and the worker. Types only: nothing here runs. */

import type {
  Classification,
  Explanation,
  GenreAnswer,
  ModelAnswer,
  PackedClassification,
  PackedEffects,
  Predictor,
  WordAnswer,
} from "../wasm/simd128/plotlens.js";

/** A folder below `wasm/`; see build.sh for what each is. */
export type Build = "relaxed" | "simd128" | "scalar" | "tract" | "webgpu";

/** What runs the ONNX file: our own engine, or the second one. */
export type EngineKind = "fast" | "tract";

/** Which model is meant. */
export type ModelName = "keywords" | "distilbert";

export type {
  Classification,
  Explanation,
  GenreAnswer,
  ModelAnswer,
  PackedClassification,
  PackedEffects,
  Predictor,
  WordAnswer,
};

/** What runs DistilBERT: this machine's processor, or its graphics processor. */
export type Processor = "cpu" | "webgpu";

/**
 * Why the one and not the other:
 * - `untried`: no answer of both models has been asked for yet;
 * - `asked`: it was asked for by name;
 * - `trying`: the graphics processor is being tried;
 * - `faster`: it gives the processor's answers, sooner;
 * - `slower`: it gives them, but later;
 * - `wrong`: it gives others;
 * - `unavailable`: the browser offers none that PlotLens can use;
 * - `left-out`: this site does not hold the program for it;
 * - `not-fetched`: the program for it could not be fetched; the next page tries again;
 * - `failed`: it stopped, or did not answer in time; it is not tried again.
 */
export type DeviceReason =
  | "untried"
  | "asked"
  | "trying"
  | "faster"
  | "slower"
  | "wrong"
  | "unavailable"
  | "left-out"
  | "not-fetched"
  | "failed";

/** What runs DistilBERT, and why. */
export interface Device {
  /** What runs it now. */
  used: Processor;
  /** Why it is that one. */
  why: DeviceReason;
  /** The graphics processor that was tried, as far as the browser names it. */
  adapter: string | null;
  /** What each took for the same few plots, in milliseconds. */
  timings: Record<Processor, number> | null;
  /** The largest difference between two probabilities, from 0 to 1, in these plots. */
  difference: number | null;
}

/** What `classify` gives: a classification, where it ran, and how long the models took in milliseconds. */
export interface Answer extends Classification {
  /** Where the models ran. */
  device: Processor;
  /** Milliseconds. */
  timings: {
    /** From the question to the answer, in the worker. */
    total: number;
  };
}

/** How far the loading is. */
export interface Progress {
  /** What happens to the model's files. */
  phase: "download" | "verify" | "ready";
  /** The model that is being loaded. */
  model: ModelName;
  /** Bytes so far, over every file of both models. */
  loaded: number;
  /** Bytes in all, as the manifest says. */
  total: number;
  /** How long it takes from now on; null until enough has arrived to tell. */
  secondsLeft: number | null;
}

/** One file of the models. */
export interface ModelFile {
  /** Relative to the manifest's own URL. */
  path: string;
  /** Its size. */
  bytes: number;
  /** The model that it belongs to. */
  model: ModelName;
}

/** What a folder of models holds. */
export interface Manifest {
  /** The genres’ names, in the order of every vector of contributions. */
  genres: string[];
  /** What is to run the ONNX file. */
  engine: EngineKind;
  /** Every file. */
  files: ModelFile[];
  /** The path of DistilBERT's file; null where the folder holds none. */
  onnx: string | null;
}

/** How far the page is with one model. */
export interface Slot {
  /** lost: it was there, and went with its worker */
  state: "idle" | "loading" | "ready" | "failed" | "lost";
  promise: Promise<void>;
}

/** One classification under way in the core, a window of text at a time. */
export interface Job {
  readonly windows: number;
  /** Reads the next window; true when none is left. */
  step(): boolean;
  /** The word pieces of the next window, for the module `webgpu`; undefined where none is left. */
  nextWindow(): Uint32Array | undefined;
  /** Takes what that module gave for it, instead of `step`; true when none is left. */
  takeWindow(values: Float32Array): boolean;
  /** The answer, once `step` has given true; only once. */
  finish(): PackedClassification;
  /** Its probabilities alone, `[models, genres]`; instead of `finish`. */
  scores(): Float32Array;
  free(): void;
}

/** A text whose words are taken away in turn. */
export interface Trial {
  /** Runs the next window of the next variant; true when none is left. */
  step(): boolean;
  /** The next windows of at most so many variants, for the module `webgpu`. */
  nextWindows(variants: number): Uint32Array[];
  /** Takes what that module gave for them, instead of `step`; true when none is left. */
  takeWindows(values: Float32Array[]): boolean;
  readonly done: number;
  effects(): PackedEffects;
  free(): void;
}

export interface Engine {
  load(path: string, bytes: Uint8Array, digest?: Uint8Array): void;
  /** The models' identity. */
  readonly models: string;
  readonly hasKeywords: boolean;
  readonly hasDistilbert: boolean;
  start(text: string, title: string | null | undefined, model: "keywords" | "all"): Job;
  startTrial(text: string, title: string | null | undefined): Trial;
  free(): void;
}

/** DistilBERT on a graphics processor. */
export interface GpuEncoder {
  /** Each window as if it were alone. */
  run(windows: Uint32Array[]): Promise<Float32Array[]>;
  free(): void;
}

/** What wasm-bindgen writes beside each build. */
export interface CoreModule {
  default(input: { module_or_path: WebAssembly.Module }): Promise<unknown>;
}

/** The build `webgpu`. */
export interface GpuGlue extends CoreModule {
  GpuEncoder: {
    open(manifest: string, bytes: Uint8Array, digest?: Uint8Array): Promise<GpuEncoder>;
  };
}

/** Every other build. */
export interface Glue extends CoreModule {
  Engine: new (manifest: string, engine?: EngineKind) => Engine;
}

/** What a caller asks for; “auto”: the graphics processor where it is right and faster. */
export type DeviceWish = "auto" | Processor;

/** What is asked of the worker before it has an id. */
export type Question =
  | Omit<Extract<Request, { type: "load" }>, "id">
  | Omit<Extract<Request, { type: "classify" }>, "id">
  | Omit<Extract<Request, { type: "trial" }>, "id">;

export type Request =
  | {
      id: number;
      type: "load";
      model: ModelName;
      stored: boolean;
      folder?: string | undefined;
      device: DeviceWish;
    }
  | { id: number; type: "classify"; model: "keywords" | "all"; text: string; title?: string }
  | { id: number; type: "trial"; text: string; title?: string }
  | { id: number; type: "abort" }
  | { type: "ping" };

export type Reply =
  | { id: number; type: "progress"; progress: Progress }
  | { id: number; type: "loaded"; manifest: Manifest }
  | { id: number; type: "answer"; packed: PackedAnswer }
  | { id: number; type: "found"; effects: PackedEffects }
  | { id: number; type: "failed"; code: string; message: string }
  | { type: "device"; device: Device }
  | { type: "lost"; message: string }
  | { type: "pong" };

/** What crosses from the worker to the page; its arrays are handed over, not copied. */
export interface PackedAnswer extends PackedClassification {
  milliseconds: number;
  device: Processor;
}
