/** @typedef {Node | string | null | undefined | false} Child */

/**
 * An element with properties and children; text only ever becomes text nodes.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, unknown>} [properties] `data`, `on`, `style` (custom properties), `aria-…`
 *   and `role` are set as such, anything else as the property
 * @param {...(Child)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name === "data") Object.assign(element.dataset, value);
    else if (name === "on") {
      for (const [event, listener] of Object.entries(/** @type {object} */ (value))) {
        element.addEventListener(event, listener);
      }
    } else if (name === "style") {
      for (const [property, own] of Object.entries(/** @type {object} */ (value))) {
        element.style.setProperty(property, String(own));
      }
    } else if (name.startsWith("aria-") || name === "role")
      element.setAttribute(name, String(value));
    else Object.assign(element, { [name]: value });
  }
  for (const child of children) if (child) element.append(child);
  return element;
}

/**
 * @param {string} label
 * @param {() => void} press
 * @param {string} [className]
 */
export function button(label, press, className = "press") {
  return make("button", { type: "button", className, on: { click: press } }, label);
}

/**
 * Gives an element other children. Whoever is at one of its controls is at the one in its place then.
 *
 * @param {HTMLElement} host
 * @param {(Node | string)[]} children
 */
export function replaceChildren(host, children) {
  const controls = () => [
    .../** @type {NodeListOf<HTMLElement>} */ (host.querySelectorAll(CONTROLS)),
  ];
  const at = controls().findIndex((control) => control === document.activeElement);
  host.replaceChildren(...children);
  if (at >= 0) controls()[at]?.focus({ preventScroll: true });
}

const CONTROLS = "button, select, input, a[href]";

/**
 * @typedef {object} Column
 * @property {string} name
 * @property {boolean} [number]
 */

/**
 * A table whose columns sort by a press on their heads.
 *
 * @param {string} caption
 * @param {Column[]} columns
 * @param {{ value: string | number, cell?: Child }[][]} rows the first cell heads its row
 */
export function sortable(caption, columns, rows) {
  const body = make("tbody");
  let by = -1;
  let down = true;
  const fill = () => {
    const sorted =
      by < 0
        ? rows
        : [...rows].sort((a, b) => compare(a[by]?.value, b[by]?.value) * (down ? -1 : 1));
    body.replaceChildren(
      ...sorted.map((cells) =>
        make(
          "tr",
          {},
          ...cells.map(({ value, cell }, i) =>
            i === 0
              ? make("th", { scope: "row" }, cell ?? String(value))
              : make(
                  "td",
                  { className: columns[i]?.number ? "number" : "" },
                  cell ?? String(value),
                ),
          ),
        ),
      ),
    );
  };
  const heads = columns.map(({ name, number }, i) => {
    const head = make("th", { scope: "col", className: number ? "number" : "" });
    head.append(
      button(
        name,
        () => {
          down = by === i ? !down : number === true;
          by = i;
          for (const other of heads) other.removeAttribute("aria-sort");
          head.setAttribute("aria-sort", down ? "descending" : "ascending");
          fill();
        },
        "sorter",
      ),
    );
    return head;
  });
  fill();
  const table = make(
    "table",
    { className: "figures" },
    make("caption", { className: "unseen" }, caption),
  );
  table.append(make("thead", {}, make("tr", {}, ...heads)), body);
  return make(
    "div",
    { className: "wide", tabIndex: 0, role: "region", "aria-label": caption },
    table,
  );
}

/**
 * @param {string | number | undefined} a
 * @param {string | number | undefined} b
 */
function compare(a, b) {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), "en");
}
