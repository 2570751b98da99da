/** Licences that what is shipped, or built with, may ask for. */
export const ALLOWED = new Set([
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BSL-1.0",
  "CC0-1.0",
  "ISC",
  "MIT",
  "OFL-1.1",
  "Unicode-3.0",
  "Unlicense",
  "Zlib",
]);

/**
 * A licence expression as SPDX writes it today: older crates have `MIT/Apache-2.0`.
 *
 * @param {string} expression
 */
export function modern(expression) {
  return expression.replaceAll(/\s*\/\s*/g, " OR ");
}

/**
 * Whether one may use what is under this expression by keeping to allowed licences alone.
 *
 * @param {string} expression SPDX: names, `AND`, `OR`, `WITH`, brackets
 * @param {ReadonlySet<string>} [allowed]
 * @throws {SyntaxError} where it cannot be read
 */
export function isAllowed(expression, allowed = ALLOWED) {
  const words = modern(expression).match(/[()]|[^\s()]+/g) ?? [];
  const take = (/** @type {string} */ word) => words[0] === word && words.shift() !== undefined;
  const any = () => {
    let result = all();
    while (take("OR")) result = all() || result;
    return result;
  };
  const all = () => {
    let result = one();
    while (take("AND")) result = one() && result;
    return result;
  };
  /** @returns {boolean} */
  const one = () => {
    if (take("(")) {
      const result = any();
      if (!take(")")) throw new SyntaxError(`A bracket is open in: ${expression}`);
      return result;
    }
    const name = words.shift();
    if (name === undefined || /^(AND|OR|WITH|\))$/.test(name)) {
      throw new SyntaxError(`A licence is missing in: ${expression}`);
    }
    // An exception only adds to what its licence allows.
    if (take("WITH") && words.shift() === undefined) {
      throw new SyntaxError(`An exception is missing in: ${expression}`);
    }
    return allowed.has(name);
  };
  const result = any();
  if (words.length > 0) throw new SyntaxError(`Too much in: ${expression}`);
  return result;
}
