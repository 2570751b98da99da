/** The programs that are started by their address. */
const OURS = /\/(engine\/worker|evaluate\/desk|evaluate\/scorer|sw)\.js$/;

/** Asked once: a page that is just being left has no place any more. */
const ORIGIN = location.origin;

/**
 * Under the policy that the page is served with, no text becomes HTML, a script or a script's address,
 * unless this makes it so: the addresses of our own workers, and nothing else.
 */
/** @type {any} */ (globalThis).trustedTypes?.createPolicy("default", {
  /** @param {string} address */
  createScriptURL: (address) => {
    const { origin, pathname } = new URL(address, import.meta.url);
    return origin === ORIGIN && OURS.test(pathname) ? address : null;
  },
});
