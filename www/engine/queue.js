import { codeOf } from "./errors.js";

/** @import { Graphics } from "./graphics.js" */
/** @import { Engine, Job, PackedClassification, Processor } from "./types.js" */

/**
 * @typedef {object} Task
 * @property {number} id
 * @property {string} text
 * @property {string} [title]
 * @property {"keywords" | "all"} model
 */

/**
 * @typedef {object} Current a task under way
 * @property {Task} task
 * @property {Job} job
 * @property {number} milliseconds so far
 * @property {Processor} device the processor, where it read but one window
 */

/**
 * @typedef {object} Outcome what becomes of a task
 * @property {(id: number, classification: PackedClassification, run: { milliseconds: number, device: Processor }) => void} answer
 * @property {(id: number, error: unknown) => void} fail with an error of the core, which has a code
 * @property {(error: unknown) => void} lost nothing the core meant to throw: the engine is unusable
 */

/**
 * Who is served when. Keyword tasks go first, the newest first, because somebody is typing; the
 * others run in order, a window at a time, and give way between windows. A dropped task costs at
 * most the window it was in. Keyword tasks do not wait for a graphics processor either.
 */
export class Queue {
  /** @type {Task[]} */
  #tasks = [];
  /** @type {Current | null} */
  #current = null;
  #running = false;
  /** A graphics processor is being waited for. */
  #away = false;
  #engine;
  #graphics;
  #outcome;
  #yield;

  /**
   * @param {() => Engine} engine
   * @param {Pick<Graphics, "inUse" | "run">} graphics
   * @param {Outcome} outcome
   * @param {() => Promise<void>} yieldToMessages resolves after waiting messages were handled
   */
  constructor(engine, graphics, outcome, yieldToMessages) {
    this.#engine = engine;
    this.#graphics = graphics;
    this.#outcome = outcome;
    this.#yield = yieldToMessages;
  }

  /** Whether a task waits or is under way. */
  get busy() {
    return this.#tasks.length > 0 || this.#current !== null;
  }

  /** @param {Task} task */
  add(task) {
    this.#tasks.push(task);
    if (!this.#running) void this.#run();
    else if (this.#away && task.model === "keywords") this.#serve(() => this.#finishAtOnce(task));
  }

  /**
   * Forgets a task, whether waiting or under way; an unknown id is nothing.
   *
   * @param {number} id
   */
  drop(id) {
    this.#tasks = this.#tasks.filter((task) => task.id !== id);
    if (this.#current?.task.id === id) {
      this.#current.job.free();
      this.#current = null;
    }
  }

  async #run() {
    this.#running = true;
    // One turn of the loop before any work: several messages may have come at once.
    await this.#yield();
    while (this.#tasks.length > 0 || this.#current !== null) {
      await this.#turn();
      await this.#yield();
    }
    this.#running = false;
  }

  async #turn() {
    const newest = this.#tasks.findLast((task) => task.model === "keywords");
    if (newest !== undefined) return this.#serve(() => this.#finishAtOnce(newest));
    if (this.#current === null) this.#serve(() => this.#begin());
    if (this.#current !== null) await this.#advance(this.#current);
  }

  /**
   * Does what may find the engine unusable.
   *
   * @param {() => void} work
   */
  #serve(work) {
    try {
      work();
    } catch (error) {
      this.#tasks = [];
      this.#current = null;
      this.#outcome.lost(error);
    }
  }

  /** @param {Task} task */
  #finishAtOnce(task) {
    this.#tasks = this.#tasks.filter((other) => other !== task);
    const began = performance.now();
    this.#guard(task, () => {
      const job = this.#engine().start(task.text, task.title, task.model);
      try {
        while (!job.step());
        const answer = job.finish();
        const milliseconds = performance.now() - began;
        this.#outcome.answer(task.id, answer, { milliseconds, device: "cpu" });
      } finally {
        job.free();
      }
    });
  }

  #begin() {
    const task = this.#tasks.shift();
    if (task === undefined) return;
    const began = performance.now();
    this.#guard(task, () => {
      const job = this.#engine().start(task.text, task.title, task.model);
      const device = this.#graphics.inUse ? "webgpu" : "cpu";
      this.#current = { task, job, milliseconds: performance.now() - began, device };
    });
  }

  /** @param {Current} current */
  async #advance(current) {
    const { task, job } = current;
    const began = performance.now();
    const values = await this.#ask(job);
    if (this.#current !== current) return; // dropped while it was away
    this.#serve(() =>
      this.#guard(task, () => {
        if (values === undefined) current.device = "cpu";
        const over = values === undefined ? job.step() : job.takeWindow(values);
        const classification = over ? job.finish() : null;
        current.milliseconds += performance.now() - began;
        if (classification === null) return;
        this.drop(task.id);
        this.#outcome.answer(task.id, classification, current);
      }),
    );
  }

  /**
   * What the graphics processor makes of a job's next window; undefined where it is for the processor.
   *
   * @param {Job} job
   */
  async #ask(job) {
    const window = this.#graphics.inUse ? job.nextWindow() : undefined;
    if (window === undefined) return undefined;
    this.#away = true;
    const values = await this.#graphics.run([window]);
    this.#away = false;
    return values?.[0];
  }

  /**
   * Runs `work`; an error with a code fails this task alone, any other one goes up.
   *
   * @param {Task} task
   * @param {() => void} work
   */
  #guard(task, work) {
    try {
      work();
    } catch (error) {
      if (codeOf(error) === null) throw error;
      this.drop(task.id);
      this.#outcome.fail(task.id, error);
    }
  }
}
