const MINUS = "\u2212";
const THIN_SPACE = "\u202f";

/**
 * A probability between 0 and 1 as whole percent. What is not quite nothing or certain is not
 * shown as such.
 *
 * @param {number} probability
 */
export function percent(probability) {
  const whole = Math.round(probability * 100);
  if (whole === 0 && probability > 0) return `<1${THIN_SPACE}%`;
  if (whole === 100 && probability < 1) return `>99${THIN_SPACE}%`;
  return `${whole}${THIN_SPACE}%`;
}

/**
 * A probability in hundredths of a percent, to compare it with another one.
 *
 * @param {number} probability
 */
export function percentExactly(probability) {
  return `${(probability * 100).toFixed(2)}${THIN_SPACE}%`;
}

/**
 * Whole percent for a screen reader, which may read signs strangely.
 *
 * @param {number} probability
 */
export function percentInWords(probability) {
  const whole = Math.round(probability * 100);
  if (whole === 0 && probability > 0) return "under 1 percent";
  if (whole === 100 && probability < 1) return "over 99 percent";
  return `${whole} percent`;
}

/**
 * A number with its sign; a true minus sign.
 *
 * @param {number} value
 * @param {number} decimals
 */
export function signed(value, decimals) {
  const digits = Math.abs(value).toFixed(decimals);
  if (Number(digits) === 0) return digits;
  return (value < 0 ? MINUS : "+") + digits;
}

/**
 * @param {readonly string[]} words
 * @returns {string} “A”, “A and B”, “A, B and C”
 */
export function inWords(words) {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

/**
 * @param {number} bytes
 * @returns {string} in MB of a million bytes, or kB below half of one
 */
export function size(bytes) {
  if (bytes < 500_000) return `${Math.round(bytes / 1000)}${THIN_SPACE}kB`;
  const megabytes = bytes / 1_000_000;
  return `${megabytes.toFixed(megabytes < 10 ? 1 : 0)}${THIN_SPACE}MB`;
}

/**
 * @param {number} milliseconds
 * @returns {string}
 */
export function duration(milliseconds) {
  if (milliseconds < 1) return `<1${THIN_SPACE}ms`;
  if (milliseconds < 1000) return `${Math.round(milliseconds)}${THIN_SPACE}ms`;
  return `${(milliseconds / 1000).toFixed(1)}${THIN_SPACE}s`;
}

/**
 * @param {number} seconds
 * @returns {string} “8 seconds”, “2 minutes”
 */
export function timeLeft(seconds) {
  if (seconds >= 90) return `${Math.round(seconds / 60)} minutes`;
  return seconds === 1 ? "1 second" : `${seconds} seconds`;
}

/**
 * A whole number with commas. Not by `Intl`, which takes tens of milliseconds to find its data.
 *
 * @param {number} number
 */
export function whole(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}

/**
 * @param {number} count
 * @param {string} one
 * @param {string} many
 */
export function counted(count, one, many) {
  return `${whole(count)} ${count === 1 ? one : many}`;
}

/**
 * Values rounded so that the rounded ones add up to the rounded sum: each is off by less than one
 * unit of its last digit, and a reader who adds up the column gets the total that is shown.
 *
 * @param {readonly number[]} values
 * @param {number} decimals
 * @returns {number[]}
 */
export function roundToSum(values, decimals) {
  const unit = 10 ** decimals;
  const floors = values.map((value) => Math.floor(value * unit));
  const target = Math.round(values.reduce((sum, value) => sum + value, 0) * unit);
  const missing = target - floors.reduce((sum, value) => sum + value, 0);
  const byRemainder = values
    .map((value, i) => ({ i, rest: value * unit - /** @type {number} */ (floors[i]) }))
    .sort((a, b) => b.rest - a.rest);
  for (const { i } of byRemainder.slice(0, missing)) floors[i] = Number(floors[i]) + 1;
  return floors.map((units) => units / unit);
}
