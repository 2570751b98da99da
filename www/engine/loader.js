import { asPlotLensError, codeOf, PlotLensError } from "./errors.js";
import { bestBuild } from "./builds.js";
import { digest, download, downloadText } from "./download.js";
import { Eta } from "./eta.js";
import { readManifest, totalBytes } from "./manifest.js";
import { Modules } from "./module.js";
import { MODELS } from "./places.js";

/** @import { Build, Engine, EngineKind, Glue, Manifest, ModelFile, ModelName, Progress } from "./types.js" */

/** Progress is told at most this often, in milliseconds. */
const TELL_EVERY = 100;

/**
 * Brings the core and the models into this worker. What has arrived stays; what has not is fetched
 * again by the next `load`.
 */
export class Loader {
  /** Where builds of the core come from. */
  modules;
  /** The folder with the manifest. */
  models;
  /** What runs the ONNX file; null for what the manifest says. */
  #engineKind;
  /** @type {Build} */
  #build = "scalar";
  /** @type {Glue | null} */
  #glue = null;
  /** @type {{ text: string, parsed: Manifest } | null} */
  #manifest = null;
  /** @type {Engine | null} */
  #engine = null;
  /** @type {Map<string, number>} bytes so far, by path */
  #arrived = new Map();
  /** @type {Set<string>} */
  #loaded = new Set();
  /** True after a failure: the manifest itself may be out of date. */
  #doubt = false;
  /** True where everything was here a moment ago: stored copies will do, so that no network is needed. */
  stored = false;
  #eta = new Eta();

  /**
   * @param {URL} root the folder that holds `wasm/`
   * @param {EngineKind | null} [engineKind] what runs the ONNX file, where not what the manifest says
   */
  constructor(root, engineKind = null) {
    this.modules = new Modules(root);
    this.models = MODELS;
    this.#engineKind = engineKind;
  }

  /** The manifest's text; null before it is there. */
  get manifest() {
    return this.#manifest?.text ?? null;
  }

  /** @returns {Engine} */
  get engine() {
    if (this.#engine === null) throw new PlotLensError("model-missing");
    return this.#engine;
  }

  /**
   * Fetches, checks and loads the files of one model, as far as that was not done before.
   *
   * @param {ModelName} model
   * @param {AbortSignal} signal
   * @param {(progress: Progress) => void} tell
   * @returns {Promise<Manifest>}
   * @throws {PlotLensError} `network`, `http-status`, `aborted`, `wasm-unsupported`, `simd-missing`,
   *   `engine-missing`, `manifest-invalid`, or what the core says of a file
   */
  async load(model, signal, tell) {
    try {
      const manifest = await this.#open(signal);
      if (model === "distilbert" && this.#build === "scalar") {
        throw new PlotLensError("simd-missing");
      }
      for (const file of manifest.files) {
        // Answers of both need the keyword model, too: a new manifest brings a new one.
        if (model === "keywords" && file.model !== model) continue;
        if (this.#loaded.has(file.path)) continue;
        await this.#loadFile(file, signal, tell);
      }
      tell({ ...this.#count(), phase: "ready", model, secondsLeft: 0 });
      return manifest;
    } catch (error) {
      this.#doubt = true;
      this.stored = false;
      throw error;
    }
  }

  /**
   * DistilBERT's file once more, from the browser's stored copies where it is there, for the module
   * `webgpu`; with the manifest that names it.
   *
   * @param {AbortSignal} signal
   * @returns {Promise<{ manifest: string, bytes: Uint8Array, hash: Uint8Array | undefined }>}
   * @throws {PlotLensError} `model-missing`, `network`, `http-status`, `aborted`, `model-damaged`
   */
  async encoder(signal) {
    const file = this.#manifest?.parsed.files.find(
      ({ path }) => path === this.#manifest?.parsed.onnx,
    );
    if (this.#manifest === null || file === undefined) throw new PlotLensError("model-missing");
    const url = new URL(file.path, this.#manifestUrl);
    const onChunk = () => {};
    const bytes = await download(url, { bytes: file.bytes, cache: "force-cache", signal, onChunk });
    return { manifest: this.#manifest.text, bytes, hash: await digest(bytes) };
  }

  /** @param {AbortSignal} signal */
  async #open(signal) {
    // Asked for before the manifest is read: few folders name another engine, and none waits for it.
    let glue = this.#glue ?? (await this.#start(this.#engineKind ?? "fast", signal));
    if (this.#manifest === null || this.#doubt) {
      const text = await downloadText(
        this.#manifestUrl,
        signal,
        this.stored ? "force-cache" : "no-cache",
      );
      if (text !== this.#manifest?.text) {
        const parsed = readManifest(text);
        const kind = this.#engineKind ?? parsed.engine;
        if ((kind === "tract") !== (this.#build === "tract"))
          glue = await this.#start(kind, signal);
        this.#adopt(glue, text, parsed);
      }
      this.#doubt = false;
    }
    return /** @type {{ parsed: Manifest }} */ (this.#manifest).parsed;
  }

  /** @returns {RequestCache} */
  get #cache() {
    return this.stored ? "force-cache" : "default";
  }

  get #manifestUrl() {
    return new URL("manifest.json", this.models);
  }

  /**
   * A new manifest means new models: nothing loaded under the old one counts.
   *
   * @param {Glue} glue
   * @param {string} text
   * @param {Manifest} parsed
   */
  #adopt(glue, text, parsed) {
    this.#engine?.free();
    this.#engine = null;
    this.#engine = new glue.Engine(text, this.#engineKind ?? undefined);
    this.#manifest = { text, parsed };
    this.#arrived.clear();
    this.#loaded.clear();
  }

  /**
   * @param {EngineKind} kind
   * @param {AbortSignal} signal
   * @returns {Promise<Glue>}
   */
  async #start(kind, signal) {
    const build = kind === "tract" ? "tract" : bestBuild();
    const module = await this.modules.start(build, signal, this.#cache).catch((error) => {
      // Sites may leave out the second engine: it is as large as everything else.
      const left = build === "tract" && codeOf(error) === "http-status";
      throw left ? new PlotLensError("engine-missing", undefined, { cause: error }) : error;
    });
    this.#build = build;
    this.#glue = /** @type {Glue} */ (module);
    return this.#glue;
  }

  /**
   * One file, fetched afresh once where what came is not what the manifest promises: the browser or
   * a proxy may hold a damaged copy.
   *
   * @param {ModelFile} file
   * @param {AbortSignal} signal
   * @param {(progress: Progress) => void} tell
   */
  async #loadFile(file, signal, tell) {
    try {
      await this.#fetchAndCheck(file, this.#cache, signal, tell);
    } catch (error) {
      if (codeOf(error) !== "model-damaged" || signal.aborted) throw error;
      await this.#fetchAndCheck(file, "reload", signal, tell);
    }
    this.#loaded.add(file.path);
  }

  /**
   * @param {ModelFile} file
   * @param {RequestCache} cache
   * @param {AbortSignal} signal
   * @param {(progress: Progress) => void} tell
   */
  async #fetchAndCheck(file, cache, signal, tell) {
    const url = new URL(file.path, this.#manifestUrl);
    let told = -Infinity;
    const bytes = await download(url, {
      bytes: file.bytes,
      cache,
      signal,
      onChunk: (loaded) => {
        this.#arrived.set(file.path, loaded);
        const now = performance.now();
        if (now - told < TELL_EVERY && loaded < file.bytes) return;
        told = now;
        const count = this.#count();
        const secondsLeft = this.#eta.secondsLeft(count.loaded, count.total, now);
        tell({ ...count, phase: "download", model: file.model, secondsLeft });
      },
    });
    tell({ ...this.#count(), phase: "verify", model: file.model, secondsLeft: null });
    const hash = await digest(bytes);
    // Loading blocks this worker for a moment: let the page hear of it first.
    await new Promise((resolve) => setTimeout(resolve));
    if (signal.aborted) throw new PlotLensError("aborted");
    try {
      this.engine.load(file.path, bytes, hash);
    } catch (error) {
      this.#arrived.delete(file.path);
      throw codeOf(error) === null ? error : asPlotLensError(error, "model-damaged");
    }
  }

  #count() {
    let loaded = 0;
    for (const bytes of this.#arrived.values()) loaded += bytes;
    return { loaded, total: this.#manifest === null ? 0 : totalBytes(this.#manifest.parsed) };
  }
}
