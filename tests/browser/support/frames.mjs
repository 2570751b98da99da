import { SITE_CSP } from "./server.mjs";
import { UNMISTAKABLE } from "./texts.mjs";

/** The policy of a site whose frame has no origin: its workers are made from blobs. */
export const WITH_BLOBS = SITE_CSP.replace("worker-src 'self'", "worker-src 'self' blob:");

/**
 * A document with an element that has a text.
 *
 * @param {string} folder where our files lie
 */
export function withElement(folder) {
  return `<!doctype html><meta charset="utf-8" /><script type="module" src="${folder}element.js"></script>
    <plot-lens loading="eager" value="${UNMISTAKABLE.Western}"></plot-lens>`;
}

/**
 * A document that holds nothing but a sandboxed frame.
 *
 * @param {string} sandbox what the frame may do
 * @param {string} inner the frame's address
 */
export function withFrame(sandbox, inner) {
  return `<!doctype html><iframe sandbox="${sandbox}" src="${inner}"></iframe>`;
}
