import { fill, h } from "../shared/dom.js";
import { formats } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { blank, complain, failed, loading } from "../shared/notices.js";
import { drawAfterRelease } from "../shared/draw-after-release.js";
import { sidePanel } from "./side-panel.js";
import { editCustomer } from "./customer-form.js";
import { showCustomer } from "./customer-panel.js";
import { words } from "./customer-words.js";
import { dates } from "../shared/dates.js";
import { phoneText } from "../shared/phones.js";
import { Pager } from "../shared/pager.js";
import "./customers.css";
import "../shared/product-picker.css";
import "./side-panel.css";

/** @typedef {import("./types.js").Customer} Customer */

const PAUSE_MS = 200;

/** Who is delivered to. `#customers/{id}` opens one of them beside the list. @type {import("../pages.js").Show} */
export async function show({ api, realtime, me, main, path, follow, listen, signal }) {
  const search = h("input", { type: "search", "aria-label": words("search"), placeholder: words("search"), maxlength: 100 });
  const status = h(
    "select",
    { "aria-label": words("which") },
    h("option", { value: "" }, words("all")),
    h("option", { value: "active" }, words("active")),
    h("option", { value: "suspended" }, words("suspended")),
  );
  const add = () => h("button", { class: "button primary", onclick: () => void editCustomer(api, undefined, created) }, icon("plus"), words("add"));
  const count = h("p", { class: "small soft number", role: "status" });
  const list = h("ul", { class: "customer-list" });
  const place = h("div", {}, loading(6));
  const more = h("button", { class: "button", hidden: true, onclick: () => void read(() => pager.more()) }, words("more"));
  fill(main, h("div", { class: "stack" }, h("div", { class: "row people-bar" }, h("div", { class: "field grow" }, search), h("div", { class: "field" }, status), add()), count, place, more));

  /** @type {Pager<Customer>} */
  const pager = new Pager((page, asked) => api.get("/v1/customers", { query: { ...page, q: search.value.trim(), status: status.value }, signal: asked }), signal);
  const context = { api, realtime, format: formats(me.tenant), days: dates(me.tenant.time_zone), put };

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  signal.addEventListener("abort", () => clearTimeout(timer));
  /** @param {Event} event Chinese is typed in parts, which are no names. */
  const typed = (event) => {
    if (event instanceof InputEvent && event.isComposing) return;
    clearTimeout(timer);
    timer = setTimeout(() => void read(() => pager.load()), PAUSE_MS);
  };
  search.addEventListener("input", typed);
  search.addEventListener("compositionend", typed);
  status.addEventListener("change", () => void read(() => pager.load()));

  /** @param {() => Promise<boolean>} ask */
  async function read(ask) {
    try {
      if (await ask()) draw();
    } catch (error) {
      if (list.isConnected) complain(error);
      else fill(place, failed(error, () => void read(() => pager.load())));
    }
  }

  const draw = drawAfterRelease(drawNow, signal);
  function drawNow() {
    const { rows, hasMore } = pager;
    more.hidden = !hasMore;
    count.textContent = rows.length ? words(hasMore ? "shownMore" : "shown", { count: rows.length }) : "";
    if (rows.length) return void fill(place, fill(list, rows.map(row)));
    const narrowed = search.value.trim() !== "" || status.value !== "";
    const clear = h("button", { class: "button", onclick: clearAll }, words("clear"));
    fill(place, narrowed ? blank({ icon: "user", title: words("noMatch"), text: words("noMatchText") }, clear) : blank({ icon: "user", title: words("none"), text: words("noneText") }, add()));
  }

  function clearAll() {
    search.value = status.value = "";
    search.focus();
    void read(() => pager.load());
  }

  /** @param {Customer} customer */
  function row({ id, name, phone, address, sms_opt_out, cylinders_out, status: state }) {
    return h(
      "li",
      { class: "card customer-row", dataset: { customer: id } },
      h("a", { class: "grow name", href: `#customers/${id}`, dir: "auto" }, name),
      h("span", { class: "number" }, phoneText(phone)),
      h("span", { class: "small soft address", dir: "auto" }, address),
      h(
        "span",
        { class: "row tight" },
        cylinders_out > 0 && h("span", { class: "badge" }, words("cylinders", { count: cylinders_out })),
        sms_opt_out && h("span", { class: "badge" }, words("optOut")),
        state === "suspended" && h("span", { class: "badge red" }, words("suspended")),
      ),
    );
  }

  /** @param {Customer} customer */
  function put(customer) {
    const known = pager.rows.find(({ id }) => id === customer.id);
    if (known && known.version <= customer.version && pager.put(customer)) draw();
  }

  /** @param {Customer} customer */
  function created({ id }) {
    void read(() => pager.load({ shown: true }));
    location.hash = `#customers/${id}`;
  }

  /** @param {string} id of a customer who was created or changed, here or elsewhere */
  async function look(id) {
    if (!pager.rows.some((each) => each.id === id)) return read(() => pager.load({ shown: true }));
    try {
      put(await api.get(`/v1/customers/${id}`, { signal }));
    } catch (error) {
      if (!signal.aborted) complain(error);
    }
  }

  const open = sidePanel("customers", (id, until) => showCustomer(id, context, until), signal);

  follow(open);
  listen("customers", {
    onReload: async () => {
      try {
        if (await pager.load({ shown: true })) draw();
      } catch (error) {
        // What is shown stays; the client tries again by itself.
        if (!list.isConnected) fill(place, failed(error, () => void read(() => pager.load())));
        throw error;
      }
      return {};
    },
    onEvent: ({ type, data }) => void (type === "customer_changed" && look(String(data.customer_id))),
  });
  void open(path);
}
