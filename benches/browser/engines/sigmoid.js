/**
 * @param {Float32Array} logits rows of one length
 * @param {number} rows
 * @returns {number[][]}
 */
export function sigmoidRows(logits, rows) {
  const width = logits.length / rows;
  return Array.from({ length: rows }, (_, row) =>
    Array.from(logits.subarray(row * width, (row + 1) * width), (x) => 1 / (1 + Math.exp(-x))),
  );
}
