/** An engine with its build or its form of the weights. */
export interface Contender {
  /** Its name on the command line and in results. */
  id: string;
  label: string;
  engine: "ours" | "graphics" | "onnxruntime" | "transformers";
  /** The build's folder for ours, the file's stem for ONNX Runtime Web, the dtype otherwise. */
  form: string;
  /** Below the server's root: what a page downloads before the model. */
  scripts: string[];
  wasm: string;
  /** Below a model's folder. */
  model: string;
  /** Runs the full-size model too. */
  large: boolean;
}

/** What an engine's module gives to the worker: files fetched and scripts imported, nothing run. */
export type Prepare = (form: string, model: string) => Promise<() => Promise<Engine>>;

/** An engine that is ready to answer. */
export interface Engine {
  /** One batch: from texts to probabilities. */
  run(texts: string[]): Run | Promise<Run>;
  /** Milliseconds that the keyword model takes for a text; only ours has one. */
  keywords?(text: string): number;
  /** Bytes of WebAssembly memory. */
  memory(): number;
}

/** Times are in milliseconds. */
export interface Run {
  /** From the texts to the answers. */
  whole: number;
  /** From token ids to logits alone. */
  encoder: number;
  /** Of each text, [CLS] and [SEP] included. */
  tokens: number[];
  /** Of each text, by genre. */
  probabilities: number[][];
}

/** Samples by the id of a contender. */
export type Samples<T = number> = Record<string, T[]>;

export interface Start {
  load: number;
  firstRun: number;
  /** Bytes of WebAssembly memory after that. */
  memory: number;
}

/** As JetStream scores: the first iteration loads, the four slowest of the others are the worst. */
export interface Batch {
  first: number;
  worst: number;
  average: number;
}

export interface Latency {
  tokens: number;
  whole: Samples;
  encoder: Samples;
}

export interface Size {
  scripts: number;
  scriptsGzip: number;
  wasm: number;
  wasmGzip: number;
  model: number;
}

/** Billions of operations a second. */
export interface Limits {
  /** That the browser gets. */
  kernel: string;
  layers: number;
  bare: number;
}

/** Of each text. */
export type Answers = { probabilities: number[]; chosen: string[] }[];

/** Against the scalar build, by build. */
export interface BuildsAgreement {
  texts: number;
  differences: Record<string, number>;
  /** Texts for which another genre is chosen. */
  otherChoices: Record<string, number>;
}

/** Of a main thread, in milliseconds; not of one task, where others interrupt the longest. */
export interface LongestTask {
  clock: number;
  processor: number;
}

/** Everything that is measured; what was not asked for is missing. */
export interface Results {
  machine: {
    cpu: string;
    cores: number;
    chromium: string;
    rounds: number;
    date: string | null;
    /** Versions by name. */
    packages: Record<string, string>;
  };
  contenders: { id: string; label: string }[];
  sizes?: Record<string, Size>;
  start?: Samples<Start>;
  startLarge?: Samples<Start>;
  batch?: { tokens: number[]; samples: Samples<Batch> };
  latency?: Latency[];
  latencyLarge?: Latency[];
  keywords?: { words: number; samples: Samples };
  builds?: BuildsAgreement;
  limits?: Record<string, Limits[]>;
  pageTasks?: { load: LongestTask; classify: LongestTask }[];
  agreement?: { texts: number; differences: Record<string, number> };
}
