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
export type Build = "relaxed" | "simd128" | "scalar" | "tract";

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

/** What `classify` gives: a classification, where it ran, and how long the models took in milliseconds. */
export interface Answer extends Classification {
  /** Where the models ran. */
  device: "cpu";
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
  /** The answer, once `step` has given true; only once. */
  finish(): PackedClassification;
  free(): void;
}

/** A text whose words are taken away in turn. */
export interface Trial {
  /** Runs the next window of the next variant; true when none is left. */
  step(): boolean;
  readonly done: number;
  effects(): PackedEffects;
  free(): void;
}

export interface Engine {
  load(path: string, bytes: Uint8Array, digest?: Uint8Array): void;
  /** The models' identity. */
  readonly models?: string;
  readonly hasKeywords: boolean;
  readonly hasDistilbert: boolean;
  start(text: string, title: string | null | undefined, model: "keywords" | "all"): Job;
  /** A text's probabilities, `[models, genres]`. */
  score?(text: string, title?: string): Float32Array;
  startTrial(text: string, title: string | null | undefined): Trial;
  free(): void;
}

/** The module that wasm-bindgen writes beside each build. */
export interface Glue {
  default(input: { module_or_path: WebAssembly.Module }): Promise<unknown>;
  Engine: new (manifest: string, engine?: EngineKind) => Engine;
}

export type Request =
  | { id: number; type: "load"; model: ModelName; stored: boolean; folder?: string | undefined }
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
  | { type: "lost"; message: string }
  | { type: "pong" };

/** What crosses from the worker to the page; its arrays are handed over, not copied. */
export interface PackedAnswer extends PackedClassification {
  milliseconds: number;
}
