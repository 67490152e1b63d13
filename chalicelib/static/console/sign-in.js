import { fill, h } from "./dom.js";
import { field, form, passwordInput } from "./forms.js";
import { icon } from "./icons.js";
import { languageToggle, themeToggle } from "./toggles.js";
import { shellWords } from "./shell-words.js";
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
  const why = session.reason && shellWords(session.reason.endsWith("_suspended") ? "suspended" : "ended");
  document.title = `${shellWords("signIn")} · ${shellWords("product")}`;
  fill(
    root,
    h(
      "div",
      { class: "door" },
      h("header", {}, languageToggle(), themeToggle()),
      h(
        "main",
        {},
        h("div", { class: "brand" }, icon("flame"), shellWords("product")),
        h(
          "section",
          { class: "card" },
          h("h1", {}, shellWords("welcome")),
          why && h("p", { class: "notice amber", role: "status" }, why),
          form(
            { submit: shellWords("signIn") },
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
