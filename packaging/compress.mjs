import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

/** What is compressed already gains nothing. */
const COMPRESSED = /\.(woff2|png|gz|br)$/;
/** Smaller files travel in a packet or two anyway. */
const LEAST_BYTES = 1024;
/** Brotli's best takes half a minute for the model, and gains nothing there. */
const LARGE = 1 << 20;

/**
 * What a server may send in a file's place, by ending; only where it is smaller.
 *
 * @param {string} name
 * @param {Buffer} bytes
 * @returns {Promise<[ending: string, bytes: Buffer][]>}
 */
export async function compressed(name, bytes) {
  if (COMPRESSED.test(name) || bytes.length < LEAST_BYTES) return [];
  const quality = bytes.length < LARGE ? constants.BROTLI_MAX_QUALITY : 9;
  const params = { [constants.BROTLI_PARAM_QUALITY]: quality };
  /** @type {[string, Buffer][]} */
  const forms = [
    [".gz", await promisify(gzip)(bytes, { level: 9 })],
    [".br", await promisify(brotliCompress)(bytes, { params })],
  ];
  return forms.filter(([, form]) => form.length < bytes.length);
}
