import { config } from "./shared/config.js";
import { fill, h } from "./shared/dom.js";
import { dictionary } from "./shared/i18n.js";
import { icon } from "./shared/icons.js";
import { passwordForm } from "./password-form.js";
import { secondFactor } from "./second-factor.js";
import { sessionList } from "./shared/session-list.js";
import { roleName } from "./shared/words.js";
import texts from "./texts/account.json" with { type: "json" };

const words = dictionary(texts);

/** Who is signed in, and their password. @type {import("./pages.js").Show} */
export function show({ me, api, session, main, signal }) {
  /** @type {[string, string][]} */
  const facts = [
    [words("username"), me.username],
    [words("role"), roleName(me.role)],
    [words("business"), me.tenant.name],
    [words("zone"), me.tenant.time_zone],
  ];
  fill(
    main,
    h(
      "div",
      { class: "narrow stack" },
      h(
        "section",
        { class: "card stack" },
        h("div", { class: "row" }, h("span", { class: "portrait" }, icon("user")), h("h2", { class: "grow" }, me.name)),
        h("dl", { class: "facts" }, facts.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
      ),
      h(
        "section",
        { class: "card stack" },
        h("div", {}, h("h2", {}, words("password")), h("p", { class: "soft" }, words("about"))),
        passwordForm(session, me),
      ),
      h(
        "section",
        { class: "card stack" },
        h("div", {}, h("h2", {}, words("signIns")), h("p", { class: "soft" }, words("signInsAbout"))),
        sessionList(api, me, "/v1/auth/sessions", signal),
      ),
      (me.role === "admin" || me.totp) && secondFactor(api, session, me),
      me.role === "admin" && developers(),
    ),
  );
}

/** Documents of their own. In this tab: the test page takes up the sign-in. */
function developers() {
  return h(
    "section",
    { class: "card stack" },
    h("div", {}, h("h2", {}, words("developers")), h("p", { class: "soft" }, words("developersAbout"))),
    h(
      "div",
      { class: "row" },
      h("a", { class: "button", href: `${config.api}/console/socket` }, icon("plug"), words("socket")),
      h("a", { class: "button", href: `${config.api}/v1/docs` }, icon("note"), words("api")),
    ),
  );
}
