import { fill, h } from "../shared/dom.js";
import { complain } from "../shared/notices.js";
import { phoneText } from "../shared/phones.js";
import { words } from "./order-words.js";

/** @typedef {import("./types.js").Customer} Customer */

const MOST = 8;
// A page of a search may be empty though there is more; see docs/api.md.
const MOST_PAGES = 4;
const PAUSE_MS = 150;

let count = 0;

/**
 * A field that finds customers while it is typed in: arrows and Enter, as ARIA's combobox has them.
 *
 * @param {import("../shared/api.js").Api} api
 * @param {{onChoose(customer: Customer): void, onNew(text: string): void}} owner onNew: no customer fits
 * @param {AbortSignal} signal
 */
export function customerSearch(api, { onChoose, onNew }, signal) {
  const id = `customers-${++count}`;
  /** @type {{text: string, choose: () => void, content: import("../shared/dom.js").Child[]}[]} */
  let options = [];
  let active = 0;
  /** @type {AbortController | undefined} */
  let asked;
  /** Whether what is shown answers what is typed; Enter waits for that. */
  let settled = true;
  let entered = false;

  const input = h("input", {
    type: "search",
    role: "combobox",
    autocomplete: "off",
    "aria-expanded": "false",
    "aria-controls": id,
    "aria-autocomplete": "list",
    maxlength: 100,
  });
  const list = h("ul", { class: "options", role: "listbox", id, "aria-label": words("find"), hidden: true });
  const status = h("p", { class: "unseen", role: "status" });
  const element = h("div", { class: "combobox" }, input, list, status);

  /** @param {Event} event Chinese is typed in parts, which are no names. */
  const typed = (event) => {
    if (event instanceof InputEvent && event.isComposing) return;
    settled = false;
    entered = false;
    asked?.abort();
    asked = new AbortController();
    const mine = AbortSignal.any([asked.signal, signal]);
    setTimeout(() => !mine.aborted && void look(input.value.trim(), mine), PAUSE_MS);
  };
  input.addEventListener("input", typed);
  input.addEventListener("compositionend", typed);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return; // Enter that ends a Chinese word is not a choice
    if (event.key === "ArrowDown") point(active + 1);
    else if (event.key === "ArrowUp") point(active - 1);
    else if (event.key === "Escape" && !list.hidden) show([]);
    else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
      if (settled) options[active]?.choose();
      else entered = true;
    } else return;
    event.preventDefault();
  });

  /**
   * @param {string} text
   * @param {AbortSignal} mine
   */
  async function look(text, mine) {
    if (!text) return show([]);
    try {
      const found = await search(api, text, mine);
      const known = found.map((customer) => ({ text: customer.name, choose: () => onChoose(customer), content: described(customer) }));
      const another = { text, choose: () => onNew(text), content: [words("createCustomer", { text })] };
      show([...known, another]);
      status.textContent = found.length ? words("found", { count: found.length }) : words("noCustomer");
      if (entered) options[active]?.choose();
    } catch (error) {
      if (!mine.aborted) complain(error);
    }
  }

  /** @param {typeof options} next */
  function show(next) {
    settled = true;
    options = next;
    list.hidden = next.length === 0;
    input.setAttribute("aria-expanded", String(next.length > 0));
    fill(
      list,
      next.map(({ content, choose }, n) => {
        const option = h("li", { role: "option", id: `${id}-${n}`, dir: "auto" }, ...content);
        // A pointer that goes down would take the focus from the field first.
        option.addEventListener("mousedown", (event) => event.preventDefault());
        option.addEventListener("click", choose);
        return option;
      }),
    );
    point(0);
  }

  /** @param {number} wanted */
  function point(wanted) {
    active = options.length ? (wanted + options.length) % options.length : 0;
    for (const [n, each] of [...list.children].entries()) {
      each.setAttribute("aria-selected", String(n === active));
      if (n === active) each.scrollIntoView({ block: "nearest" });
    }
    if (options.length) input.setAttribute("aria-activedescendant", `${id}-${active}`);
    else input.removeAttribute("aria-activedescendant");
  }

  return { element, input, close: () => show([]) };
}

/**
 * @param {import("../shared/api.js").Api} api
 * @param {string} q
 * @param {AbortSignal} signal
 * @returns {Promise<Customer[]>}
 */
export async function search(api, q, signal) {
  /** @type {Customer[]} */
  const found = [];
  let cursor;
  for (let n = 0; n < MOST_PAGES && found.length < MOST; n++) {
    const page = await api.get("/v1/customers", { query: { q, limit: MOST, cursor }, signal });
    found.push(...page.items);
    cursor = page.next_cursor;
    if (!cursor) break;
  }
  return found.slice(0, MOST);
}

/** @param {Customer} customer */
function described({ name, phone, address, status }) {
  return [
    h("strong", {}, name),
    h("span", { class: "number" }, phoneText(phone)),
    h("span", { class: "small soft wide-part" }, address),
    status === "suspended" && h("span", { class: "badge red" }, words("suspended")),
  ];
}
