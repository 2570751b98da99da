/** @import { Columns } from "./types.js" */

/**
 * @typedef {object} Kept a file that is being evaluated, with its scores so far
 * @property {string} name
 * @property {Blob} blob plain UTF-8
 * @property {Columns | null} columns null of a saved report, which has its own
 * @property {number} rows how many rows it has
 * @property {string} models the identity of those that score it
 * @property {number} done how many rows were scored when it came
 */

/** @typedef {Kept & { run: string }} Run what a tab began; another tab may have begun another since */

const DATABASE = "plotlens-evaluate";

/** What outlives the page: one file and its scores. Where storage is refused nothing is kept. */
export class Store {
  /** @type {Promise<IDBDatabase> | null} */
  #opened = null;
  /** Whose scores are added. */
  #run = "";

  /** @param {Kept} kept replaces what was there */
  async begin(kept) {
    this.#run = `${Date.now()} ${Math.random()}`;
    await this.#write((stores) => {
      stores.file.clear();
      stores.scores.clear();
      stores.file.put({ ...kept, run: this.#run }, "file");
    });
  }

  /** @param {Run} kept what is gone on with */
  resume({ run }) {
    this.#run = run;
  }

  /**
   * Adds to the file that is kept, unless another tab has put its own in its place.
   *
   * @param {Uint32Array} rows
   * @param {Float32Array} scores
   * @param {{ row: number, why: string }[]} refused
   */
  async add(rows, scores, refused) {
    await this.#write((stores) => {
      const file = stores.file.get("file");
      file.onsuccess = () => {
        if (file.result?.run === this.#run) stores.scores.add({ rows, scores, refused });
      };
    });
  }

  async clear() {
    await this.#write((stores) => (stores.file.clear(), stores.scores.clear()));
  }

  /** @returns {Promise<{ kept: Run, added: number } | null>} with how many rows were scored since */
  async kept() {
    try {
      const database = await this.#open();
      const transaction = database.transaction(["file", "scores"]);
      const kept = await answer(transaction.objectStore("file").get("file"));
      if (kept === undefined) return null;
      let added = 0;
      await each(transaction.objectStore("scores"), ({ rows, refused }) => {
        added += rows.length + refused.length;
      });
      return { kept, added };
    } catch {
      return null;
    }
  }

  /** @param {(part: { rows: Uint32Array, scores: Float32Array, refused: { row: number, why: string }[] }) => void} use */
  async scores(use) {
    const database = await this.#open();
    await each(database.transaction("scores").objectStore("scores"), use);
  }

  /** @param {(stores: { file: IDBObjectStore, scores: IDBObjectStore }) => unknown} work */
  async #write(work) {
    try {
      const database = await this.#open();
      const transaction = database.transaction(["file", "scores"], "readwrite");
      work({
        file: transaction.objectStore("file"),
        scores: transaction.objectStore("scores"),
      });
      await new Promise((resolve, reject) => {
        transaction.oncomplete = resolve;
        transaction.onerror = transaction.onabort = reject;
      });
    } catch {
      // Refused or full: the evaluation goes on without being kept.
    }
  }

  #open() {
    return (this.#opened ??= new Promise((resolve, reject) => {
      const request = indexedDB.open(DATABASE, 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore("file");
        request.result.createObjectStore("scores", { autoIncrement: true });
      };
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    }));
  }
}

/**
 * @param {IDBRequest} request
 * @returns {Promise<any>}
 */
function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * @param {IDBObjectStore} store
 * @param {(value: any) => void} use
 */
function each(store, use) {
  return new Promise((resolve, reject) => {
    const request = store.openCursor();
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      const cursor = request.result;
      if (cursor === null) return resolve(null);
      try {
        use(cursor.value);
      } catch (error) {
        return reject(error);
      }
      cursor.continue();
    };
  });
}
