import { dictionary } from "./shared/i18n.js";
import { lazy } from "./shared/lazy.js";
import texts from "./texts/pages.json" with { type: "json" };

/**
 * The pages, in the order in which they are offered; the first that a user may see is where they begin. On a phone
 * the first four are at the thumb.
 *
 * @typedef {{
 *   me: import("./shared/session.js").Me,
 *   api: import("./shared/api.js").Api,
 *   session: import("./shared/session.js").Session,
 *   realtime: import("../realtime/realtime.js").Realtime,
 *   listen(channel: string, handlers: import("../realtime/listener.js").Handlers): void,
 *   path: readonly string[],
 *   follow(listener: (path: readonly string[]) => void): void,
 *   signal: AbortSignal,
 *   main: HTMLElement,
 * }} Context
 *   listen: `realtime.subscribe`, until the page is left. path: what follows the page's name, `#orders/01J…` → ["01J…"].
 *   follow: stay when only that changes, and receive it; without it the page is shown anew.
 *   signal: aborts when the page is left; hand it to requests and listeners. main: where the page is shown
 * @typedef {(context: Context) => void | Promise<void>} Show puts the page into `main`; called anew when the language changes
 * @typedef {{
 *   name: string,
 *   title: () => string,
 *   icon: import("./shared/icons.js").IconName,
 *   roles: readonly import("./shared/session.js").Role[],
 *   kinds?: readonly ("delivery" | "table")[],
 *   load: () => Promise<{show: Show}>,
 * }} Page kinds: of which businesses; all without
 */

const titles = dictionary(texts);

/** @type {readonly import("./shared/session.js").Role[]} */
const STAFF = ["admin", "office_staff"];

/** @type {readonly Page[]} */
export const PAGES = [
  { name: "orders", title: () => titles("orders"), icon: "inbox", roles: STAFF, kinds: ["delivery"], load: () => lazy("console/office/orders.js", () => import("./office/orders.js")) },
  { name: "new-order", title: () => titles("newOrder"), icon: "plus", roles: STAFF, kinds: ["delivery"], load: () => lazy("console/office/new-order.js", () => import("./office/new-order.js")) },
  { name: "counter", title: () => titles("counter"), icon: "till", roles: STAFF, kinds: ["table"], load: () => lazy("console/restaurant/counter.js", () => import("./restaurant/counter.js")) },
  { name: "kitchen", title: () => titles("kitchen"), icon: "kitchen", roles: STAFF, kinds: ["table"], load: () => lazy("console/restaurant/kitchen.js", () => import("./restaurant/kitchen.js")) },
  { name: "menu", title: () => titles("dishes"), icon: "dish", roles: STAFF, kinds: ["table"], load: () => lazy("console/restaurant/menu.js", () => import("./restaurant/menu.js")) },
  { name: "tables", title: () => titles("tables"), icon: "qr", roles: STAFF, kinds: ["table"], load: () => lazy("console/restaurant/tables.js", () => import("./restaurant/tables.js")) },
  { name: "hours", title: () => titles("hours"), icon: "clock", roles: STAFF, kinds: ["table"], load: () => lazy("console/restaurant/hours.js", () => import("./restaurant/hours.js")) },
  { name: "today", title: () => titles("today"), icon: "truck", roles: ["driver"], kinds: ["delivery"], load: () => lazy("console/delivery/driver.js", () => import("./delivery/driver.js")) },
  { name: "routes", title: () => titles("routes"), icon: "route", roles: STAFF, kinds: ["delivery"], load: () => lazy("console/delivery/routes.js", () => import("./delivery/routes.js")) },
  { name: "map", title: () => titles("map"), icon: "map", roles: STAFF, kinds: ["delivery"], load: () => lazy("console/delivery/live-map.js", () => import("./delivery/live-map.js")) },
  { name: "drivers", title: () => titles("drivers"), icon: "truck", roles: STAFF, kinds: ["delivery"], load: () => lazy("console/delivery/drivers.js", () => import("./delivery/drivers.js")) },
  { name: "customers", title: () => titles("customers"), icon: "people", roles: STAFF, kinds: ["delivery"], load: () => lazy("console/office/customers.js", () => import("./office/customers.js")) },
  { name: "sms", title: () => titles("sms"), icon: "message", roles: STAFF, kinds: ["delivery"], load: () => lazy("console/office/sms.js", () => import("./office/sms.js")) },
  { name: "imports", title: () => titles("imports"), icon: "upload", roles: STAFF, kinds: ["delivery"], load: () => lazy("console/office/imports.js", () => import("./office/imports.js")) },
  { name: "reports", title: () => titles("reports"), icon: "chart", roles: STAFF, load: () => lazy("console/office/reports.js", () => import("./office/reports.js")) },
  { name: "users", title: () => titles("users"), icon: "key", roles: ["admin"], load: () => lazy("console/office/users.js", () => import("./office/users.js")) },
  { name: "displays", title: () => titles("displays"), icon: "screen", roles: ["admin"], load: () => lazy("console/office/displays.js", () => import("./office/displays.js")) },
  { name: "health", title: () => titles("health"), icon: "pulse", roles: STAFF, load: () => lazy("console/office/health.js", () => import("./office/health.js")) },
  { name: "my-orders", title: () => titles("mine"), icon: "inbox", roles: ["customer"], kinds: ["delivery"], load: () => lazy("console/customer/orders.js", () => import("./customer/orders.js")) },
  { name: "account", title: () => titles("account"), icon: "user", roles: ["admin", "office_staff", "driver", "customer"], load: () => lazy("console/account.js", () => import("./account.js")) },
];

/** Names under which pages are bookmarked. @type {Readonly<Record<string, string>>} */
const FORMER_NAMES = { texts: "sms" };

/** The pages that a user may see. @param {import("./shared/session.js").Me} me @returns {readonly Page[]} */
export function pagesOf({ role, tenant }) {
  return PAGES.filter(({ roles, kinds }) => roles.includes(role) && (!kinds || kinds.includes(tenant.kind)));
}

/**
 * The page that an address names: `#orders/01J…` is the page `orders` with the path ["01J…"].
 *
 * @param {readonly Page[]} pages
 * @param {string} hash
 * @returns {{found: Page | undefined, path: readonly string[]}} found: none where the user has no such page
 */
export function pageAt(pages, hash) {
  const [name = "", ...path] = hash.slice(1).split("/").map(decoded);
  const current = FORMER_NAMES[name] ?? name;
  return { found: name === "" ? pages[0] : pages.find((each) => each.name === current), path };
}

/** @param {string} segment of an address, which people can write by hand */
function decoded(segment) {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
