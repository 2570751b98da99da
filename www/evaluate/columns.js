import { button, make } from "./dom.js";

/** @import { Columns, Opened } from "./types.js" */

const ROLES = /** @type {const} */ ([
  ["text", "Description", true],
  ["genres", "Genres", true],
  ["title", "Title", false],
  ["id", "Id", false],
]);

/**
 * What was guessed of the columns, to be corrected.
 *
 * @param {Opened} opened
 * @param {(columns: Columns) => void} start
 */
export function columnsForm({ names, guess }, start) {
  const selects = ROLES.map(([role, label, needed]) => {
    const none = make("option", { value: "" }, needed ? "Choose one" : "None");
    const options = names.map((name) => make("option", { value: name }, name));
    const select = make("select", { name: role }, none, ...options);
    select.value = guess[role] ?? "";
    return { role, needed, select, label: make("label", {}, label, select) };
  });
  const boxes = names.map((name) => {
    const input = make("input", {
      type: "checkbox",
      value: name,
      checked: guess.numbers.includes(name),
    });
    return { input, label: make("label", {}, input, name) };
  });
  const note = make("p", { className: "alarm", role: "alert" });
  const press = () => {
    const chosen = Object.fromEntries(
      selects.map(({ role, select }) => [role, select.value || null]),
    );
    const missing = selects.find(({ needed, select }) => needed && select.value === "");
    if (missing !== undefined) {
      const what = missing.role === "text" ? "the descriptions" : "the genres";
      note.textContent = `Say which column holds ${what}.`;
      return missing.select.focus();
    }
    const numbers = boxes.filter(({ input }) => input.checked).map(({ input }) => input.value);
    start({ ...guess, ...chosen, numbers });
  };
  return make(
    "div",
    { className: "columns-form" },
    make("h3", {}, "Which column is which?"),
    make("div", { className: "roles" }, ...selects.map(({ label }) => label)),
    make(
      "fieldset",
      { className: "numbers" },
      make("legend", {}, "Columns of numbers, to set beside the scores"),
      ...boxes.map(({ label }) => label),
    ),
    note,
    button("Start", press),
  );
}
