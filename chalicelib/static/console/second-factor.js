import { dialog } from "./shared/dialogs.js";
import { h } from "./shared/dom.js";
import { field, form, passwordInput } from "./shared/forms.js";
import { dictionary } from "./shared/i18n.js";
import { notify } from "./shared/notices.js";
import { words as shared } from "./shared/words.js";

const words = dictionary(
  {
    title: "兩步驟驗證",
    about: "登入時除了密碼，還要輸入手機驗證 App 的驗證碼。密碼外洩時，別人仍無法登入。",
    on: "已開啟",
    off: "未開啟",
    turnOn: "開啟兩步驟驗證",
    turnOff: "關閉兩步驟驗證",
    password: "目前的密碼",
    next: "下一步",
    scan: "用驗證 App（例如 Google Authenticator）掃描，再輸入 App 顯示的 6 位數。",
    picture: "給驗證 App 掃描的 QR 碼",
    secret: "不能掃描時，手動輸入這組金鑰",
    code: "驗證碼",
    codeHint: "也可以輸入一組備用碼。",
    recovery: "備用碼",
    recoveryAbout: "手機遺失時，每一組備用碼可以代替驗證碼登入一次。只顯示這一次，請抄下或列印，和手機分開保管。",
    saved: "我已保存",
    turnedOff: "已關閉兩步驟驗證。",
  },
  {
    title: "Second factor",
    about: "Signing in takes a code of an authenticator app beside the password, so a password that has leaked is not enough.",
    on: "on",
    off: "off",
    turnOn: "Turn on",
    turnOff: "Turn off",
    password: "Present password",
    next: "Next",
    scan: "Scan this with an authenticator app (such as Google Authenticator), then enter the six digits that it shows.",
    picture: "QR code for the authenticator app",
    secret: "Where scanning is not possible, type this key",
    code: "Code",
    codeHint: "A recovery code will do, too.",
    recovery: "Recovery codes",
    recoveryAbout: "Without the phone, each of these signs in once instead of a code. They are shown this one time: write them down or print them, and keep them apart from the phone.",
    saved: "I have stored them",
    turnedOff: "The second factor is off.",
  },
);

/** @param {string} svg */
function picture(svg) {
  const image = h("img", { class: "qr", alt: words("picture") });
  // `h` takes addresses of ours only.
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
  return h(
    "section",
    { class: "card stack" },
    h("div", {}, h("h2", {}, words("title")), h("p", { class: "soft" }, words("about"))),
    h("div", { class: "row" }, h("span", { class: me.totp ? "badge green" : "badge" }, words(me.totp ? "on" : "off")), press),
  );

  async function turnOn() {
    const setup = await dialog(words("title"), (/** @type {(setup?: {secret: string, qr_svg: string}) => void} */ close) => [
      form(
        { submit: words("next") },
        async ({ current_password: password = "" }) => close(await api.post("/v1/auth/totp/start", { current_password: password })),
        field(words("password"), passwordInput("current_password", "current-password")),
      ),
    ]);
    if (!setup) return;
    const codes = await dialog(words("title"), (/** @type {(codes?: string[]) => void} */ close) => [
      h("p", {}, words("scan")),
      picture(setup.qr_svg),
      field(words("secret"), h("input", { value: setup.secret, readonly: true })),
      form(
        { submit: words("turnOn") },
        async ({ code = "" }) => close((await api.post("/v1/auth/totp/confirm", { code: code.trim() })).recovery_codes),
        field(words("code"), h("input", { name: "code", required: true, autocomplete: "one-time-code", inputmode: "numeric" })),
      ),
    ]);
    if (!codes) return;
    await dialog(words("recovery"), (/** @type {() => void} */ close) => [
      h("p", { class: "notice amber" }, words("recoveryAbout")),
      h("ol", { class: "number" }, codes.map((code) => h("li", {}, code))),
      h("button", { class: "button primary", onclick: () => close() }, words("saved")),
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
      h("button", { class: "button", onclick: () => close() }, shared("cancel")),
    ]);
    if (!done) return;
    notify(words("turnedOff"));
    await session.refreshMe();
  }
}
