/** The most bytes that a packed file may unfold to. */
const MOST_BYTES = 2 ** 30;

/**
 * A file as plain UTF-8: unpacked where its name says gzip, re-written where it is read as Latin-1.
 *
 * @param {Blob} file
 * @param {string} name
 * @param {boolean} latin1 read it as Windows-1252, which Latin-1 files are
 * @returns {Promise<Blob>}
 */
export async function plain(file, name, latin1) {
  let blob = file;
  if (/\.gz$/i.test(name)) {
    const unpacked = blob.stream().pipeThrough(new DecompressionStream("gzip"));
    blob = await new Response(unpacked.pipeThrough(limit())).blob();
  }
  if (!latin1) return blob;
  const decoded = blob.stream().pipeThrough(new TextDecoderStream("windows-1252"));
  return new Response(decoded.pipeThrough(new TextEncoderStream())).blob();
}

/**
 * @param {Blob} blob
 * @returns {Promise<boolean>} whether it is UTF-8 throughout
 */
export async function isUtf8(blob) {
  const reader = blob
    .stream()
    .pipeThrough(new TextDecoderStream("utf-8", { fatal: true }))
    .getReader();
  try {
    while (!(await reader.read()).done);
    return true;
  } catch {
    return false;
  }
}

function limit() {
  let seen = 0;
  return new TransformStream({
    transform(chunk, controller) {
      seen += chunk.length;
      if (seen > MOST_BYTES) controller.error(new Error("The file unfolds to more than 1 GB."));
      else controller.enqueue(chunk);
    },
  });
}
