import { el, fill, h } from "./shared/dom.js";
import { field, form, passwordInput } from "./shared/forms.js";
import { dictionary } from "./shared/i18n.js";
import { icon } from "./shared/icons.js";
import { languageToggle, themeToggle } from "./shared/toggles.js";
import { shellWords } from "./shared/shell-words.js";
import { explain, words } from "./shared/words.js";
import texts from "./texts/sign-in.json" with { type: "json" };

explain(dictionary(texts));

/**
 * The sign-in. Then the page of the address follows.
 *
 * @param {HTMLElement} root
 * @param {import("./shared/session.js").Session} session
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
  // Shown once the server has asked for it.
  const code = el("div");
  const why = session.reason && shellWords(session.reason.endsWith("_suspended") ? "suspended" : "ended");
  document.title = `${shellWords("signIn")} · ${shellWords("product")}`;
  fill(
    root,
    el(
      "div.door",
      el("header", languageToggle(), themeToggle()),
      el(
        "main",
        el("div.brand", icon("flame"), shellWords("product")),
        el(
          "section.card",
          el("h1", shellWords("welcome")),
          why && h("p.notice.amber", { role: "status" }, why),
          form(
            { submit: shellWords("signIn") },
            async ({ username: name = "", password = "", totp_code = "" }) => {
              onSend();
              try {
                await session.signIn(name.trim(), password, totp_code.trim());
              } catch (error) {
                if (/** @type {{code?: string}} */ (error).code === "totp_required") askForCode();
                throw error;
              }
            },
            field(words("username"), username),
            field(words("password"), passwordInput("password", "current-password")),
            code,
          ),
        ),
      ),
    ),
  );
  username.focus();

  function askForCode() {
    const control = h("input", { name: "totp_code", autocomplete: "one-time-code", required: true });
    fill(code, field(shellWords("code"), control));
    control.focus();
  }
}
