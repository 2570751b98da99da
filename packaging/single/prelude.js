// Runs before everything else of the single file, in the page and in its workers:
// what the program asks for below BASE comes out of the file itself.

/** @typedef {{ files: Record<string, Blob>, workers: Record<string, string> }} Inside by path */

const BASE = "https://plotlens.invalid/";
const MESSAGE = "plotlens-inside";

/** @type {Inside} the page has it from the start; a worker, which may not read a page's blob: addresses, is sent it */
let inside = /** @type {any} */ (globalThis).plotlensInside;
const sent =
  inside !== undefined
    ? Promise.resolve()
    : new Promise((resolve) => {
        addEventListener("message", function take(event) {
          if (event.data?.type !== MESSAGE) return;
          event.stopImmediatePropagation();
          removeEventListener("message", take);
          inside = event.data.inside;
          resolve(null);
        });
      });

/**
 * @param {unknown} address
 * @returns {string | null} null for an address outside
 */
function pathOf(address) {
  const text = String(address);
  return text.startsWith(BASE) ? (text.slice(BASE.length).split(/[?#]/)[0] ?? "") : null;
}

const fetchOutside = globalThis.fetch.bind(globalThis);
globalThis.fetch = async (input, init) => {
  const path = input instanceof Request ? null : pathOf(input);
  if (path === null) return fetchOutside(input, init);
  await sent;
  init?.signal?.throwIfAborted();
  const file = inside.files[path];
  return file === undefined ? new Response(null, { status: 404 }) : new Response(file);
};

const WorkerOutside = globalThis.Worker;
if (WorkerOutside !== undefined) {
  globalThis.Worker = class extends WorkerOutside {
    /**
     * @param {string | URL} address
     * @param {WorkerOptions} [options]
     */
    constructor(address, options = {}) {
      const program = inside.workers[pathOf(address) ?? ""];
      super(program === undefined ? address : addressOf(new Blob([program])), {
        name: options.name ?? "",
      });
      this.postMessage({ type: MESSAGE, inside });
    }
  };
}

if (globalThis.document !== undefined) {
  const href = Object.getOwnPropertyDescriptor(HTMLLinkElement.prototype, "href");
  Object.defineProperty(HTMLLinkElement.prototype, "href", {
    ...href,
    set(address) {
      const file = inside.files[pathOf(address) ?? ""];
      href?.set?.call(this, file === undefined ? address : addressOf(file));
    },
  });
}

/** @param {Blob} blob */
function addressOf(blob) {
  return URL.createObjectURL(blob);
}
