/**
 * Starts a worker of our own, also where the page's origin is not that of our files: in a sandboxed
 * frame, which has no origin at all, or where another host serves them. Browsers start only workers
 * of the page's own making there, so ours is a few lines that import the rest. The host of the files
 * has to allow that by `Access-Control-Allow-Origin`, and the page's policy by `worker-src blob:`.
 *
 * @param {URL} address of a module
 * @param {string} name of the worker
 * @returns {Worker}
 */
export function spawn(address, name) {
  if (address.origin === self.origin) return new Worker(address, { type: "module", name });
  const program = `(${start})(${JSON.stringify(address.href)})`;
  const made = URL.createObjectURL(new Blob([program], { type: "text/javascript" }));
  // A classic worker: Chromium starts no module of a page without an origin.
  const worker = new Worker(made, { name });
  const forget = () => URL.revokeObjectURL(made);
  worker.addEventListener("message", forget, { once: true });
  worker.addEventListener("error", forget, { once: true });
  return worker;
}

/**
 * Runs in the worker. What is asked of it before the module is there is handed on then.
 *
 * @param {string} address
 */
function start(address) {
  /** @type {unknown[]} */
  const early = [];
  const hold = (/** @type {MessageEvent} */ { data }) => early.push(data);
  addEventListener("message", hold);
  import(address).then(
    () => {
      removeEventListener("message", hold);
      for (const data of early) dispatchEvent(new MessageEvent("message", { data }));
    },
    // A rejection alone would not reach the page.
    (error) => setTimeout(() => reportError(error)),
  );
}
