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
  /** The file's bytes are UTF-8. */
  utf8: boolean;
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

/** What is measured: thresholds `[models, genres]`, and the genre that is left out. */
export interface Setting {
  thresholds: number[][];
  without: number | null;
}

/** The core's own class. */
export interface Evaluator {
  open(name: string, size: number, read: (start: number, end: number) => Uint8Array): Opened;
  begin(columns: Columns): void;
  advance(records: number): boolean;
  readonly rows: number;
  readonly scored: number;
  problems(): Problems;
  row(row: number): Row;
  take(rows: Uint32Array, scores: Float32Array): void;
  refuse(row: number, why: string): void;
  thresholds(): number[][];
  decisions(thresholds: number[][], without?: number): Decisions;
  curves(without?: number): Curves;
  /** A whole HTML document. */
  page(name: string, thresholds: number[][], without: number | undefined, tuned: boolean): string;
  tuned(thresholds: number[][], without?: number): number[][];
  hits(
    model: number,
    thresholds: number[][],
    without: number | undefined,
    query: Query,
    most: number,
  ): Hit[];
  intervals(thresholds: number[][], without: number | undefined, resamples: number): Interval[][];
}
