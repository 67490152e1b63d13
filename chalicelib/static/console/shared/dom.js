/**
 * Elements, escaped by construction: what is not an element becomes text, and nothing is ever parsed as HTML.
 *
 * @typedef {Node | string | number | false | null | undefined} Piece
 * @typedef {Piece | readonly Piece[]} Child
 */

/**
 *     h("button", { class: "primary", disabled: busy, onclick: save }, icon("check"), words("save"))
 *
 * A prop is an attribute: true is there without a value, false, null and undefined are not there. `on…` listens.
 * `style` and `dataset` are objects; attributes of style would be against the page's policy.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, any>} [props]
 * @param {Child[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) set(element, name, value);
  element.append(...nodes(children));
  return element;
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
