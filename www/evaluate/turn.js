/** Lets whatever waits, messages and presses and drawing, have its turn. */
export function turn() {
  return new Promise((resolve) => setTimeout(resolve));
}
