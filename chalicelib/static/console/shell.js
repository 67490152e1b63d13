import { Announcements } from "./announcements.js";
import { connectionState } from "./shared/connection.js";
import { dialog } from "./shared/dialogs.js";
import { el, fill, h } from "./shared/dom.js";
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
  return password_change === "advised" && h("a.notice.amber", { href: "#account" }, shellWords("ownPassword"));
}

/**
 * @typedef {Pick<import("./pages.js").Context, "me" | "api" | "session" | "realtime"> & {
 *   store: import("./announcement-store.js").AnnouncementStore,
 * }} ShellContext
 */

/**
 * The frame around a signed-in user's pages, and the page that the address names. Drawn anew with each sign-in
 * and each change of language.
 */
export class Shell {
  #context;
  #signal;
  #pages;
  #heading = el("h1");
  #main = h("main.main", { id: "main", tabindex: -1 });
  #nav;
  /** @type {AbortController | undefined} */
  #page;
  /** @type {string | undefined} */
  #current;
  /** @type {((path: readonly string[]) => void) | undefined} Of a page that stays while its path changes. */
  #follower;

  /** @param {ShellContext} context @param {AbortSignal} signal ends it */
  constructor(context, signal) {
    const { me } = context;
    this.#context = context;
    this.#signal = signal;
    this.#pages = pagesOf(me);
    this.#nav = h(
      "nav.pages",
      { "aria-label": shellWords("pages") },
      el("div.brand", icon("flame"), shellWords("product")),
      ...this.#links(),
      h("button", { onclick: () => this.#showMenu() }, icon("menu"), el("span", words("more"))),
      el("div.who", el("strong", me.name), el("span.small.soft", this.#about)),
    );
  }

  /** @param {HTMLElement} root */
  open(root) {
    const { me, realtime, store } = this.#context;
    const signal = this.#signal;
    const { badge, banner } = connectionState(realtime, signal);
    if (me.role === "driver") void driverPage().catch(() => {});
    const wide = el("div.wide.row", languageToggle(), themeToggle(), this.#signOutButton());
    fill(
      root,
      h("a.skip.button", { href: "#main", onclick: (/** @type {Event} */ event) => this.#skip(event) }, shellWords("skip")),
      el(
        "div.shell",
        el("header.bar", this.#heading, badge, soundToggle(), wide),
        el("div.banners", banner, adviseOwnPassword(me), new Announcements(store, me, signal).element),
        this.#nav,
        this.#main,
      ),
    );
    addEventListener("hashchange", () => this.#onAddress(), { signal });
    signal.addEventListener("abort", () => this.#page?.abort());
    void this.#go();
  }

  get #about() {
    const { role, tenant } = this.#context.me;
    return `${tenant.name} · ${roleName(role)}`;
  }

  get #requested() {
    return pageAt(this.#pages, location.hash);
  }

  #links() {
    return this.#pages.map(({ name, title, icon: picture }) => h("a", { href: `#${name}`, dataset: { page: name } }, icon(picture), el("span", title())));
  }

  #signOutButton() {
    return h("button.button.plain", { onclick: () => void this.#signOut() }, icon("leave"), shellWords("signOut"));
  }

  async #signOut() {
    const { me, api, session } = this.#context;
    try {
      if (me.role !== "driver" || (await (await driverPage()).maySignOut(api, me.id))) await session.signOut();
    } catch (error) {
      complain(error);
    }
  }

  /** @param {Event} event the address is the page's: it must not change */
  #skip(event) {
    event.preventDefault();
    this.#main.focus();
  }

  #showMenu() {
    void dialog(
      this.#context.me.name,
      (close) => [
        el("p.soft", this.#about),
        h("nav", { "aria-label": shellWords("pages"), onclick: () => close() }, this.#mark(this.#links())),
        h("div.row", { onclick: (/** @type {Event} */ event) => drawsAnew(event) && close() }, languageToggle(), themeToggle(), this.#signOutButton()),
      ],
      { class: "sheet" },
    );
  }

  /** @param {HTMLElement[]} links */
  #mark(links) {
    for (const link of links) {
      if (link.dataset.page === this.#current) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    return links;
  }

  async #go() {
    this.#page?.abort();
    this.#page = new AbortController();
    const { signal } = this.#page;
    const { found, path } = this.#requested;
    const main = this.#main;
    this.#current = found?.name;
    this.#follower = undefined;
    this.#mark([...this.#nav.querySelectorAll("a")]);
    this.#heading.textContent = found?.title() ?? shellWords("notFound");
    document.title = `${this.#heading.textContent} · ${shellWords("product")}`;
    if (!found) return void fill(main, blank({ icon: "info", title: shellWords("notFound") }, h("a.button", { href: "#" }, shellWords("home"))));
    fill(main, loading());
    try {
      const { show } = await found.load();
      if (!signal.aborted) await show(this.#pageContext(path, signal));
    } catch (error) {
      if (!signal.aborted) fill(main, failed(error, () => this.#go()));
    }
  }

  /** @param {readonly string[]} path @param {AbortSignal} signal the page's @returns {import("./pages.js").Context} */
  #pageContext(path, signal) {
    const { store: _, ...context } = this.#context;
    return {
      ...context,
      listen: (channel, handlers) => signal.addEventListener("abort", context.realtime.subscribe(channel, handlers)),
      path,
      follow: (listener) => {
        if (!signal.aborted) this.#follower = listener;
      },
      signal,
      main: this.#main,
    };
  }

  #onAddress() {
    const { found, path } = this.#requested;
    if (this.#follower && found?.name === this.#current) return this.#follower(path);
    // Screen readers start at the new page, not in the link that led to it.
    this.#main.focus();
    scrollTo(0, 0);
    void this.#go();
  }
}

/** Loaded with a driver's shell, which must work without a network. Other roles do not load the outbox that it imports. */
function driverPage() {
  return lazy("console/delivery/driver.js", () => import("./delivery/driver.js"));
}

/** Whether a button of the menu draws everything anew. @param {Event} event */
function drawsAnew({ target }) {
  const button = target instanceof Element ? target.closest("button") : null;
  return button !== null && !button.classList.contains("square");
}
