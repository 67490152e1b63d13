import { dialog } from "./shared/dialogs.js";
import { el, h } from "./shared/dom.js";
import { formDialog } from "./shared/form-dialog.js";
import { field, form, passwordInput } from "./shared/forms.js";
import { dictionary } from "./shared/i18n.js";
import { notify } from "./shared/notices.js";
import { words as shared } from "./shared/words.js";
import texts from "./texts/second-factor.json" with { type: "json" };

const words = dictionary(texts);

/** @param {string} svg */
function picture(svg) {
  const image = h("img.qr", { alt: words("picture") });
  // `h` accepts no `data:` address.
  image.src = `data:image/svg+xml,${encodeURIComponent(svg)}`;
  return image;
}

/**
 * Codes of an authenticator app for an admin's own sign-ins.
 *
 * @param {import("./shared/api.js").Api} api
 * @param {import("./shared/session.js").Session} session
 * @param {import("./shared/session.js").Me} me
 */
export function secondFactor(api, session, me) {
  const press = h("button", { class: me.totp ? "button danger" : "button", onclick: () => void (me.totp ? turnOff() : turnOn()) }, words(me.totp ? "turnOff" : "turnOn"));
  return el(
    "section.card.stack",
    el("div", el("h2", words("title")), el("p.soft", words("about"))),
    el("div.row", h("span", { class: me.totp ? "badge green" : "badge" }, words(me.totp ? "on" : "off")), press),
  );

  async function turnOn() {
    const setup = await formDialog(
      words("title"),
      words("next"),
      ({ current_password: password = "" }) => api.post("/v1/auth/totp/start", { current_password: password }),
      field(words("password"), passwordInput("current_password", "current-password")),
    );
    if (!setup) return;
    const confirmed = await formDialog(
      words("title"),
      words("turnOn"),
      ({ code = "" }) => api.post("/v1/auth/totp/confirm", { code: code.trim() }),
      el("p", words("scan")),
      picture(setup.qr_svg),
      field(words("secret"), h("input", { value: setup.secret, readonly: true })),
      field(words("code"), h("input", { name: "code", required: true, autocomplete: "one-time-code", inputmode: "numeric" })),
    );
    if (!confirmed) return;
    /** @type {string[]} */
    const codes = confirmed.recovery_codes;
    await dialog(words("recovery"), (/** @type {() => void} */ close) => [
      el("p.notice.amber", words("recoveryAbout")),
      el("ol.number", codes.map((code) => el("li", code))),
      h("button.button.primary", { onclick: () => close() }, words("saved")),
    ]);
    await session.refreshMe();
  }

  async function turnOff() {
    const done = await dialog(words("title"), (/** @type {(done?: boolean) => void} */ close) => [
      form(
        { submit: words("turnOff") },
        async ({ current_password: password = "", code = "" }) => {
          await api.post("/v1/auth/totp/remove", { current_password: password, code: code.trim() });
          close(true);
        },
        field(words("password"), passwordInput("current_password", "current-password")),
        field(words("code"), h("input", { name: "code", required: true, autocomplete: "one-time-code" }), { hint: words("codeHint") }),
      ),
      h("button.button", { onclick: () => close() }, shared("cancel")),
    ]);
    if (!done) return;
    notify(words("turnedOff"));
    await session.refreshMe();
  }
}
