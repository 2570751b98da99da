/** Files in memory; what is taken or cleared is kept alive no longer. */
export class Files {
  /** @type {Map<string, Uint8Array<ArrayBuffer>>} */
  #bytes = new Map();

  /**
   * @param {string[]} urls
   * @returns {Promise<Files>}
   */
  static async fetch(urls) {
    const files = new Files();
    await Promise.all(
      urls.map(async (url) => {
        const response = await fetch(url);
        if (!response.ok) throw new Error(`${url}: ${response.status}`);
        files.#bytes.set(url, new Uint8Array(await response.arrayBuffer()));
      }),
    );
    return files;
  }

  /** @param {string} url */
  get(url) {
    return this.#bytes.get(url) ?? null;
  }

  /** @param {string} url */
  take(url) {
    const bytes = this.get(url);
    if (bytes === null) throw new Error(`${url} was not fetched, or is taken already.`);
    this.#bytes.delete(url);
    return bytes;
  }

  /** @param {string} url */
  takeText(url) {
    return new TextDecoder().decode(this.take(url));
  }

  clear() {
    this.#bytes.clear();
  }
}
