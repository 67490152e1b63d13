import { fill, h } from "./dom.js";
import { field, form, passwordInput } from "./forms.js";
import { icon } from "./icons.js";
import { languageToggle, themeToggle } from "./toggles.js";
import { words } from "./words.js";

/**
 * The door: who signs in goes on to the page that they wanted.
 *
 * @param {HTMLElement} root
 * @param {import("./session.js").Session} session
 * @param {() => void} onSend called when the form is sent
 */
export function showSignIn(root, session, onSend) {
  const username = h("input", {
    name: "username",
    autocomplete: "username",
    autocapitalize: "none",
    spellcheck: "false",
    inputmode: "email",
    required: true,
  });
  const why = session.reason && words(session.reason.endsWith("_suspended") ? "suspended" : "ended");
  document.title = `${words("signIn")} · ${words("product")}`;
  fill(
    root,
    h(
      "div",
      { class: "door" },
      h("header", {}, languageToggle(), themeToggle()),
      h(
        "main",
        {},
        h("div", { class: "brand" }, icon("flame"), words("product")),
        h(
          "section",
          { class: "card" },
          h("h1", {}, words("welcome")),
          why && h("p", { class: "notice amber", role: "status" }, why),
          form(
            { submit: words("signIn") },
            ({ username: name = "", password = "" }) => {
              onSend();
              return session.signIn(name.trim(), password);
            },
            field(words("username"), username),
            field(words("password"), passwordInput("password", "current-password")),
          ),
        ),
      ),
    ),
  );
  username.focus();
}
