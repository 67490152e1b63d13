import { el, fill, h } from "./shared/dom.js";
import { dictionary } from "./shared/i18n.js";
import { icon } from "./shared/icons.js";
import { passwordForm } from "./password-form.js";
import { shellWords } from "./shared/shell-words.js";
import { languageToggle, themeToggle } from "./shared/toggles.js";
import texts from "./texts/initial-password.json" with { type: "json" };

const words = dictionary(texts);

/**
 * The only page for a user whose password is an initial one: the server refuses everything else until it is changed.
 *
 * @param {HTMLElement} root
 * @param {import("./shared/session.js").Session} session
 * @param {import("./shared/session.js").Me} me
 */
export function show(root, session, me) {
  document.title = `${words("title")} · ${shellWords("product")}`;
  const leave = h("button.button.plain", { onclick: () => void session.signOut() }, icon("leave"), shellWords("signOut"));
  fill(
    root,
    el(
      "div.door",
      el("header", languageToggle(), themeToggle(), leave),
      el(
        "main",
        el("div.brand", icon("flame"), shellWords("product")),
        el("section.card", el("h1", words("title")), el("p.soft", words("about", { name: me.name })), passwordForm(session, me)),
      ),
    ),
  );
}
