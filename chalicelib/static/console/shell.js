import { announcements } from "./announcements.js";
import { connectionState } from "./shared/connection.js";
import { dialog } from "./shared/dialogs.js";
import { fill, h } from "./shared/dom.js";
import { icon } from "./shared/icons.js";
import { lazy } from "./shared/lazy.js";
import { blank, complain, failed, loading } from "./shared/notices.js";
import { pageAt, pagesOf } from "./pages.js";
import "./refusals.js";
import { soundToggle } from "./sound-toggle.js";
import { languageToggle, themeToggle } from "./shared/toggles.js";
import { shellWords } from "./shared/shell-words.js";
import { roleName, words } from "./shared/words.js";

/** For drivers and customers with an initial password. @param {import("./shared/session.js").Me} me */
function adviseOwnPassword({ password_change }) {
  return password_change === "advised" && h("a", { class: "notice amber", href: "#account" }, shellWords("ownPassword"));
}

/**
 * The frame around a signed-in user's pages, and the page that the address names. Drawn anew with each sign-in
 * and each change of language.
 *
 * @param {HTMLElement} root
 * @param {{
 *   me: import("./shared/session.js").Me,
 *   api: import("./shared/api.js").Api,
 *   session: import("./shared/session.js").Session,
 *   realtime: import("../realtime/realtime.js").Realtime,
 *   store: import("./announcement-store.js").AnnouncementStore,
 * }} context
 * @param {AbortSignal} signal ends it
 */
export function showShell(root, { store, ...context }, signal) {
  const { me, api, session, realtime } = context;
  const pages = pagesOf(me);
  const wanted = () => pageAt(pages, location.hash);
  // With the driver's page, since it is there without a network as well; others do without the outbox that it imports.
  const driver = () => lazy("console/delivery/driver.js", () => import("./delivery/driver.js"));
  if (me.role === "driver") void driver().catch(() => {});
  const { badge, banner } = connectionState(realtime, signal);
  const heading = h("h1", {});
  const main = h("main", { class: "main", id: "main", tabindex: -1 });
  const menu = h("button", { onclick: () => showMenu() }, icon("menu"), h("span", {}, words("more")));
  const links = () => pages.map(({ name, title, icon: picture }) => h("a", { href: `#${name}`, dataset: { page: name } }, icon(picture), h("span", {}, title())));
  const nav = h(
    "nav",
    { class: "pages", "aria-label": shellWords("pages") },
    h("div", { class: "brand" }, icon("flame"), shellWords("product")),
    ...links(),
    menu,
    h(
      "div",
      { class: "who" },
      h("strong", {}, me.name),
      h("span", { class: "small soft" }, `${me.tenant.name} · ${roleName(me.role)}`),
    ),
  );
  const leave = () => h("button", { class: "button plain", onclick: signOut }, icon("leave"), shellWords("signOut"));
  const wide = h("div", { class: "wide row" }, languageToggle(), themeToggle(), leave());
  fill(
    root,
    h("a", { class: "skip button", href: "#main", onclick: skip }, shellWords("skip")),
    h("div", { class: "shell" }, h("header", { class: "bar" }, heading, badge, soundToggle(), wide), h("div", { class: "banners" }, banner, adviseOwnPassword(me), announcements(store, me, signal)), nav, main),
  );

  async function signOut() {
    try {
      if (me.role !== "driver" || (await (await driver()).leavesNothing(api, me.id))) await session.signOut();
    } catch (error) {
      complain(error);
    }
  }

  /** @param {Event} event the address is the page's: it must not change */
  function skip(event) {
    event.preventDefault();
    main.focus();
  }

  function showMenu() {
    void dialog(
      me.name,
      (close) => [
        h("p", { class: "soft" }, `${me.tenant.name} · ${roleName(me.role)}`),
        h("nav", { "aria-label": shellWords("pages"), onclick: () => close() }, mark(links())),
        h("div", { class: "row", onclick: (/** @type {Event} */ event) => chosen(event) && close() }, languageToggle(), themeToggle(), leave()),
      ],
      { class: "sheet" },
    );
  }

  /** Whether a choice draws everything anew. @param {Event} event */
  function chosen(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    return button !== null && !button.classList.contains("square");
  }

  /** @type {AbortController | undefined} */
  let page;
  /** @type {string | undefined} */
  let current;
  /** @type {((path: readonly string[]) => void) | undefined} Of a page that stays while its path changes. */
  let follower;

  /**
   * @template {Element} Link
   * @param {Link[]} elements
   */
  function mark(elements) {
    for (const element of elements) {
      if (element instanceof HTMLElement && element.dataset.page === current) element.setAttribute("aria-current", "page");
      else element.removeAttribute("aria-current");
    }
    return elements;
  }

  async function go() {
    page?.abort();
    page = new AbortController();
    const { signal: here } = page;
    const { found, path } = wanted();
    current = found?.name;
    follower = undefined;
    mark([...nav.querySelectorAll("a")]);
    heading.textContent = found?.title() ?? shellWords("notFound");
    document.title = `${heading.textContent} · ${shellWords("product")}`;
    if (!found) {
      const home = h("a", { class: "button", href: "#" }, shellWords("home"));
      return void fill(main, blank({ icon: "info", title: shellWords("notFound") }, home));
    }
    /** @type {import("./pages.js").Context["listen"]} */
    const listen = (channel, handlers) => here.addEventListener("abort", realtime.subscribe(channel, handlers));
    fill(main, loading());
    /** @type {import("./pages.js").Context["follow"]} */
    const follow = (listener) => {
      if (!here.aborted) follower = listener;
    };
    try {
      const { show } = await found.load();
      if (!here.aborted) await show({ ...context, listen, path, follow, signal: here, main });
    } catch (error) {
      if (here.aborted) return;
      fill(main, failed(error, go));
    }
  }

  addEventListener("hashchange", moved, { signal });
  signal.addEventListener("abort", () => page?.abort());
  void go();

  function moved() {
    const { found, path } = wanted();
    if (follower && found?.name === current) return follower(path);
    // A reader with a screen reader begins at the new page, and not in the link that led there.
    main.focus();
    scrollTo(0, 0);
    void go();
  }
}
