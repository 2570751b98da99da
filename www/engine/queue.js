import { codeOf } from "./errors.js";

/** @import { Engine, Job, PackedClassification } from "./types.js" */

/**
 * @typedef {object} Task
 * @property {number} id
 * @property {string} text
 * @property {string} [title]
 * @property {"keywords" | "all"} model
 */

/**
 * @typedef {object} Outcome what becomes of a task
 * @property {(id: number, classification: PackedClassification, milliseconds: number) => void} answer
 * @property {(id: number, error: unknown) => void} fail with an error of the core, which has a code
 * @property {(error: unknown) => void} lost nothing the core meant to throw: the engine is unusable
 */

/**
 * Who is served when. Keyword tasks go first, the newest first, because somebody is typing; the
 * others run in order, a window at a time, and give way between windows. A dropped task costs at
 * most the window it was in.
 */
export class Queue {
  /** @type {Task[]} */
  #tasks = [];
  /** @type {{ task: Task, job: Job, milliseconds: number } | null} */
  #current = null;
  #running = false;
  #engine;
  #outcome;
  #yield;

  /**
   * @param {() => Engine} engine
   * @param {Outcome} outcome
   * @param {() => Promise<void>} yieldToMessages resolves after waiting messages were handled
   */
  constructor(engine, outcome, yieldToMessages) {
    this.#engine = engine;
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
      try {
        this.#turn();
      } catch (error) {
        this.#tasks = [];
        this.#current = null;
        this.#outcome.lost(error);
      }
      await this.#yield();
    }
    this.#running = false;
  }

  #turn() {
    const newest = this.#tasks.findLastIndex((task) => task.model === "keywords");
    if (newest >= 0) return this.#finishAtOnce(/** @type {Task} */ (this.#tasks[newest]));
    if (this.#current === null) this.#begin();
    if (this.#current !== null) this.#advance();
  }

  /** @param {Task} task */
  #finishAtOnce(task) {
    this.#tasks = this.#tasks.filter((other) => other !== task);
    const began = performance.now();
    this.#guard(task, () => {
      const job = this.#engine().start(task.text, task.title, task.model);
      try {
        while (!job.step());
        this.#outcome.answer(task.id, job.finish(), performance.now() - began);
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
      this.#current = { task, job, milliseconds: performance.now() - began };
    });
  }

  #advance() {
    const current = this.#current;
    if (current === null) return;
    const began = performance.now();
    this.#guard(current.task, () => {
      const classification = current.job.step() ? current.job.finish() : null;
      current.milliseconds += performance.now() - began;
      if (classification === null) return;
      this.drop(current.task.id);
      this.#outcome.answer(current.task.id, classification, current.milliseconds);
    });
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
