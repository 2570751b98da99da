/** Shapes shared by the Evaluate view and its workers. Types only: nothing here runs. */

import type { Predictor } from "../engine/types.js";

declare global {
  /** Reads a blob at once; of workers only. */
  class FileReaderSync {
    readAsArrayBuffer(blob: Blob): ArrayBuffer;
  }
}

export interface Columns {
  text: string | null;
  genres: string | null;
  title: string | null;
  id: string | null;
  augmented: string | null;
  maybeMissing: string | null;
  source: string | null;
  capped: string | null;
  numbers: string[];
}

export interface Opened {
  name: string;
  names: string[];
  guess: Columns;
  /** What the file says of itself where it is a saved report. */
  saved: Saved | null;
  /** Other models scored it than this page has. */
  foreign: boolean;
  /** The file's bytes are UTF-8. */
  utf8: boolean;
}

export interface Saved {
  /** The labelled file's name. */
  file: string;
  columns: Columns;
  setting: Setting;
}

export interface RowText {
  row: number;
  text: string;
  title?: string;
}

export interface Batch {
  rows: RowText[];
}

export interface Scored {
  type: "scored";
  /** The identity of those that scored. */
  models: string;
  rows: Uint32Array<ArrayBuffer>;
  /** `[rows, models, genres]`. */
  scores: Float32Array<ArrayBuffer>;
  refused: { row: number; why: string }[];
}

export interface Problems {
  skipped: { line: number; why: string }[];
  skippedCount: number;
  unknown: [string, number][];
}

export interface Progress {
  rows: number;
  done: number;
  /** Rows a second, over the last seconds; null until that is known. */
  rate: number | null;
  state: "reading" | "scoring" | "paused" | "done";
  problems: Problems;
}

export interface Rates {
  precision: number;
  recall: number;
  f1: number;
}

export interface GenreMetrics extends Rates {
  ap: number;
  support: number;
  threshold: number;
  tp: number;
  fp: number;
  fn: number;
  tn: number;
}

export interface Metrics {
  n: number;
  samples: Rates & { jaccard: number };
  micro: Rates;
  macro: Rates;
  weighted: Rates;
  hamming: number;
  exact_match: number;
  at_least_one: number;
  at_least_two: number;
  map: number;
  lrap: number;
  ece: number;
  per_genre: GenreMetrics[];
}

export interface Order {
  rows: number[];
  columns: number[];
}

export interface Hit {
  row: number;
  genre: number;
  probability: number;
}

export interface Interval {
  metric: string;
  low: number;
  high: number;
}

export interface Summary {
  n: number;
  low: number;
  q1: number;
  median: number;
  q3: number;
  high: number;
}

export interface ModelDecisions {
  model: Predictor;
  metrics: Metrics;
  replaced: number[][];
  replacedOrder: Order;
  onlyMissed: number[];
  together: number[][];
  togetherOrder: Order;
  lengths: {
    from: number;
    to: number | null;
    n: number;
    jaccard: number;
    margin: number;
    f1: number;
  }[];
  falsePositives: Hit[];
  falseNegatives: Hit[];
  numbers: Record<"tp" | "fp" | "fn" | "tn", Summary>[][];
}

export interface Decisions {
  rows: number;
  leftOut: number;
  without: string | null;
  genres: string[];
  models: ModelDecisions[];
}

export interface Curves {
  together: number[][];
  togetherOrder: Order;
  columns: string[];
  correlations: (number | null)[][];
  models: {
    model: Predictor;
    reliability: { said: number; found: number; n: number }[];
    reliabilityOf: { said: number; found: number; n: number }[][];
    precisionRecall: { recall: number; precision: number; threshold: number }[][];
    correlations: (number | null)[][];
  }[];
}

export interface Row {
  line: number;
  id: string | null;
  title: string | null;
  text: string;
  genres: string[];
}

export type Query =
  | { kind: "outcome"; genre: number; there: boolean; chosen: boolean }
  | { kind: "replaced"; missed: number; chosen: number }
  | { kind: "onlyMissed"; missed: number }
  | { kind: "bothThere" | "bothChosen"; a: number; b: number };

/** What is measured, and how it is shown. */
export interface Setting {
  /** `[models, genres]`. */
  thresholds: number[][];
  /** The genre that is left out. */
  without: number | null;
  /** The thresholds were tuned on this very file. */
  tuned: boolean;
  /** Whose report is shown. */
  model: number;
}

/** The core's own class. */
export interface Evaluator {
  /** The models' identity. */
  readonly models: string;
  open(name: string, size: number, read: (start: number, end: number) => Uint8Array): Opened;
  /** Without columns where the file is a saved report, which has its own. */
  begin(columns: Columns | null): void;
  advance(records: number): boolean;
  readonly rows: number;
  readonly scored: number;
  problems(): Problems;
  row(row: number): Row;
  take(rows: Uint32Array, scores: Float32Array): void;
  refuse(row: number, why: string): void;
  /** For each row 1 where it needs no scoring any more. */
  settled(): Uint8Array;
  genres(): string[];
  thresholds(): number[][];
  decisions(thresholds: number[][], without?: number): Decisions;
  curves(without?: number): Curves;
  /** A whole HTML document. */
  page(name: string, thresholds: number[][], without: number | undefined, tuned: boolean): string;
  /** A saved report is its head, its rows, and its end. */
  saveHead(name: string, setting: Setting): string;
  saveRows(from: number, to: number): string;
  saveEnd(setting: Setting): string;
  tuned(thresholds: number[][], without?: number): number[][];
  hits(
    model: number,
    thresholds: number[][],
    without: number | undefined,
    query: Query,
    most: number,
  ): Hit[];
  /** Draws until there are so many resamples. */
  intervals(thresholds: number[][], without: number | undefined, resamples: number): Interval[][];
}
