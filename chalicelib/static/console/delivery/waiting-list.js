import { el, h } from "../shared/dom.js";
import { words } from "./route-words.js";

/**
 * Orders that wait for a route, to be selected.
 *
 * @param {readonly import("./types.js").Order[]} waiting
 * @param {Set<string>} selected ids; updated by this
 * @param {() => void} draw called when it has changed
 */
export function waitingList(waiting, selected, draw) {
  const every = h("input", {
    type: "checkbox",
    checked: waiting.every(({ id }) => selected.has(id)),
    onchange: () => {
      for (const { id } of waiting) every.checked ? selected.add(id) : selected.delete(id);
      draw();
    },
  });
  return el(
    "div.card.waiting",
    el("label.pick", every, el("strong", words("all"))),
    waiting.map(({ id, customer_name, order_number, address, location, items }) => {
      const box = h("input", { type: "checkbox", checked: selected.has(id), onchange: () => (box.checked ? selected.add(id) : selected.delete(id), draw()) });
      const what = items.map(({ name, quantity }) => `${name} × ${quantity}`).join("、");
      return h(
        "label.pick",
        { dataset: { key: id } },
        box,
        el("span.grow", el("strong", customer_name ?? order_number), el("span.address.soft.small", address), el("span.address.small", what)),
        !location && el("span.badge.amber", words("noPlace")),
      );
    }),
  );
}
