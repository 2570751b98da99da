/** An element that takes part in a form: it submits some values under its name. */
export class FormField extends HTMLElement {
  /** @internal */
  static formAssociated = true;
  #internals = this.attachInternals();

  /** The form that it belongs to. */
  get form() {
    return this.#internals.form;
  }

  /** Under which name it is submitted. */
  get name() {
    return this.getAttribute("name") ?? "";
  }

  set name(name) {
    this.setAttribute("name", name);
  }

  /** Whether its text cannot be edited. */
  get readOnly() {
    return this.hasAttribute("readonly");
  }

  set readOnly(readOnly) {
    this.toggleAttribute("readonly", readOnly);
  }

  /**
   * Hands the form what it is to send.
   *
   * @protected
   * @param {string[]} values
   * @param {string} state what is given back where the browser restores the form
   */
  setSubmitted(values, state) {
    const entries = new FormData();
    if (this.name !== "") values.forEach((value) => entries.append(this.name, value));
    this.#internals.setFormValue(entries, state);
  }
}
