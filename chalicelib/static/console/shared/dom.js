/**
 * Elements, escaped by construction: what is not an element becomes text, and nothing is ever parsed as HTML.
 *
 * @typedef {Node | string | number | false | null | undefined} Piece
 * @typedef {Piece | readonly Piece[]} Child
 */

/**
 * A tag's name, alone or with classes: `div.row.tight`.
 *
 * @typedef {keyof HTMLElementTagNameMap} Tag
 * @typedef {Tag | `${Tag}.${string}`} Selector
 */

/**
 * @template {Selector} Selected
 * @typedef {HTMLElementTagNameMap[Selected extends `${infer Name extends Tag}.${string}` ? Name : Selected extends Tag ? Selected : never]} ElementOf
 */

/**
 *     h("button.primary", { disabled: busy, onclick: save }, icon("check"), words("save"))
 *
 * A prop is an attribute: true is there without a value, false, null and undefined are not there. `on…` listens.
 * `style` and `dataset` are objects; attributes of style would be against the page's policy. `class` is for classes that
 * depend on values, and replaces those of the selector.
 *
 * @template {Selector} Selected
 * @param {Selected} selector
 * @param {Record<string, any>} props
 * @param {Child[]} children
 * @returns {ElementOf<Selected>}
 */
export function h(selector, props, ...children) {
  const [tag = "", ...classes] = selector.split(".");
  const element = document.createElement(tag);
  if (classes.length) set(element, "class", classes.join(" "));
  for (const [name, value] of Object.entries(props)) set(element, name, value);
  element.append(...nodes(children));
  return /** @type {any} */ (element);
}

/**
 * An element without attributes: `el("p.soft", words("none"))`. A function of its own, because data must never be taken for
 * props.
 *
 * @template {Selector} Selected
 * @param {Selected} selector
 * @param {Child[]} children
 * @returns {ElementOf<Selected>}
 */
export function el(selector, ...children) {
  return h(selector, {}, ...children);
}

/**
 * Puts children in place of what is there.
 *
 * @template {Element} Parent
 * @param {Parent} parent
 * @param {Child[]} children
 * @returns {Parent}
 */
export function fill(parent, ...children) {
  parent.replaceChildren(...nodes(children));
  return parent;
}

/** @param {HTMLElement} element @param {string} name @param {any} value */
function set(element, name, value) {
  if (value === undefined || value === null || value === false) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name === "dataset") Object.assign(element.dataset, value);
  else if (name === "style") for (const [property, each] of Object.entries(value)) element.style.setProperty(property, String(each));
  else if ((name === "href" || name === "src") && /^\s*(javascript|data|vbscript):/i.test(String(value)))
    throw new TypeError(`${name} is no address: ${value}`);
  // What a field holds is a property; its attribute would only be where it begins.
  else if (name === "value" && "value" in element) element.value = value;
  else element.setAttribute(name, value === true ? "" : String(value));
}

/** @param {readonly Child[]} children @returns {(Node | string)[]} */
function nodes(children) {
  return children
    .flat()
    .filter((child) => child !== false && child !== null && child !== undefined && child !== "")
    .map((child) => (child instanceof Node ? child : String(child)));
}
