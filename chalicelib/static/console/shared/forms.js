import { el, h } from "./dom.js";
import { controlFault, fieldFault } from "./field-faults.js";
import { icon } from "./icons.js";
import { notify } from "./notices.js";
import { explained, words } from "./words.js";

let count = 0;

/**
 * A field with its label, and room for its faults. Its `name` is the name in the API, so that the server's faults appear
 * at it.
 *
 * @param {string} label
 * @param {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} control
 * @param {{hint?: string | undefined}} [more]
 */
export function field(label, control, { hint } = {}) {
  const id = `field-${++count}`;
  control.id = id;
  control.setAttribute("aria-describedby", `${id}-about`);
  const about = h("div.small.soft", { id: `${id}-about` }, hint);
  const shown = control.parentElement ?? control;
  return el("div.field", h("label", { for: id }, label), shown, about);
}

/** A password that can be looked at. @param {string} name @param {"current-password" | "new-password"} autocomplete */
export function passwordInput(name, autocomplete) {
  const control = h("input", { type: "password", name, autocomplete, required: true });
  const button = h("button.button.plain.square", { type: "button", "aria-label": words("showPassword") }, icon("eye"));
  button.addEventListener("click", () => {
    const shown = control.type === "text";
    control.type = shown ? "password" : "text";
    button.setAttribute("aria-label", words(shown ? "showPassword" : "hidePassword"));
  });
  el("div.with-button", control, button);
  return control;
}

/**
 * A form. It shows that it is being sent, shows faults at their fields, and cannot be sent twice at once.
 *
 * @param {{class?: string, submit: string}} props submit: what the button says
 * @param {(values: Record<string, string>, form: HTMLFormElement) => Promise<void>} send rejects with an ApiError
 * @param {import("./dom.js").Child[]} fields
 */
export function form({ submit, ...props }, send, ...fields) {
  const button = el("button.button.primary", submit);
  const wrong = h("div.notice.red", { role: "alert", hidden: true });
  const element = h("form.stack", { novalidate: true, ...props }, ...fields, wrong, button);
  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    clear(element);
    wrong.hidden = true;
    if (!element.checkValidity()) return point(element);
    button.disabled = true;
    button.setAttribute("aria-busy", "true");
    try {
      await send(/** @type {Record<string, string>} */ (Object.fromEntries(new FormData(element))), element);
    } catch (error) {
      if (!mark(element, error)) {
        wrong.textContent = explained(error);
        wrong.hidden = false;
      }
    } finally {
      button.disabled = false;
      button.removeAttribute("aria-busy");
    }
  });
  return element;
}

/** @param {HTMLFormElement} element */
function clear(element) {
  for (const each of element.querySelectorAll(".wrong")) each.remove();
  for (const each of element.querySelectorAll("[aria-invalid]")) each.removeAttribute("aria-invalid");
}

/** Shows the browser's faults. @param {HTMLFormElement} element */
function point(element) {
  for (const control of element.elements)
    if (isControl(control) && !control.validity.valid) say(control, controlFault(control));
  focusFirst(element);
}

/**
 * Shows the server's faults at their fields, in the reader's language. A code of its own decides the text.
 *
 * @param {HTMLFormElement} element
 * @param {unknown} error
 * @returns {boolean} whether there is a field for each fault
 */
function mark(element, error) {
  const { errors = [], code } = /** @type {{errors?: {field: string, message: string}[], code?: string}} */ (error);
  let all = errors.length > 0;
  for (const { field: name, message } of errors) {
    const control = element.elements.namedItem(name);
    if (isControl(control)) say(control, code === "invalid" ? fieldFault(message) : explained(error));
    else all = false;
  }
  focusFirst(element);
  if (errors.length && !all) notify(explained(error), { wrong: true });
  return all;
}

/** @param {HTMLFormElement} element */
function focusFirst(element) {
  /** @type {HTMLElement | null} */ (element.querySelector("[aria-invalid]"))?.focus();
}

/** @param {HTMLInputElement} control @param {string} message */
function say(control, message) {
  control.setAttribute("aria-invalid", "true");
  control.ownerDocument.getElementById(`${control.id}-about`)?.append(el("span.wrong", message));
}

/** @param {unknown} control @returns {control is HTMLInputElement} */
function isControl(control) {
  return control instanceof HTMLInputElement || control instanceof HTMLSelectElement || control instanceof HTMLTextAreaElement;
}
