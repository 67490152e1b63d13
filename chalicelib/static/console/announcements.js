import { fill, h } from "./dom.js";
import { formats } from "./format.js";
import { icon } from "./icons.js";
import { words } from "./words.js";

/** @type {Readonly<Record<string, string>>} Of severities; others are for information. */
const HUES = { warning: "amber", error: "red", critical: "red" };

/**
 * What is said to everybody, and to this user: it stays above every page until it is closed.
 *
 * @param {{realtime: import("../realtime/realtime.js").Realtime, me: import("./session.js").Me}} world
 * @param {AbortSignal} signal ends it
 */
export function announcements({ realtime, me }, signal) {
  const element = h("div", { class: "announcements", role: "log", "aria-label": words("announcements") });
  const { clock } = formats(me.tenant);
  /** @param {import("../realtime/log.js").Event} event */
  const onEvent = ({ type, data, timestamp }) => {
    if (type === "notification") element.prepend(one(data, clock(timestamp)));
  };
  // One handler for both channels: what is in two is told once.
  for (const channel of ["system", `user:${me.id}`]) signal.addEventListener("abort", realtime.subscribe(channel, { onEvent }));
  return element;
}

/**
 * @param {any} data written by people: anything may be missing
 * @param {string} time
 */
function one({ title, message, severity, action }, time) {
  const notice = h("div", { class: `notice ${HUES[severity] ?? "blue"}` });
  const order = action?.type === "view_order" && typeof action.order_id === "string" && action.order_id;
  return fill(
    notice,
    icon(severity in HUES ? "alert" : "info"),
    h("div", { class: "grow" }, h("strong", { dir: "auto" }, title), message && h("p", { dir: "auto" }, message), h("span", { class: "small number" }, time)),
    order && h("a", { class: "button", href: `#orders/${encodeURIComponent(order)}` }, words("look")),
    h("button", { class: "button plain square", "aria-label": words("close"), onclick: () => notice.remove() }, icon("close")),
  );
}
