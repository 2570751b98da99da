/** Follows the text of a field that a page has already. */
export class Follower {
  /** @type {HTMLTextAreaElement | HTMLInputElement | null} */
  #field = null;
  /** Tells what the field holds, where there is one. */
  tell;

  /** @param {(text: string) => void} changed told whenever the field is edited or turned to */
  constructor(changed) {
    this.tell = () => {
      if (this.#field !== null) changed(this.#field.value);
    };
  }

  /** Whether there is a field that it follows. */
  get follows() {
    return this.#field !== null;
  }

  /** @param {Element | null} element followed from now on, where it is a field; another one no more */
  follow(element) {
    this.stop();
    const fits = element instanceof HTMLTextAreaElement || element instanceof HTMLInputElement;
    if (!fits) return;
    this.#field = element;
    element.addEventListener("input", this.tell);
    element.addEventListener("focus", this.tell);
    if (element.value !== "") this.tell();
  }

  stop() {
    this.#field?.removeEventListener("input", this.tell);
    this.#field?.removeEventListener("focus", this.tell);
    this.#field = null;
  }
}
