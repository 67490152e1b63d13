import { config } from "./shared/config.js";
import { el, fill, h } from "./shared/dom.js";
import { dictionary } from "./shared/i18n.js";
import { icon } from "./shared/icons.js";
import { passwordForm } from "./password-form.js";
import { secondFactor } from "./second-factor.js";
import { sessionList } from "./shared/session-list.js";
import { roleName } from "./shared/words.js";
import texts from "./texts/account.json" with { type: "json" };

const words = dictionary(texts);

/** The signed-in user's account. @type {import("./pages.js").Show} */
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
    el(
      "div.narrow.stack",
      el(
        "section.card.stack",
        el("div.row", el("span.portrait", icon("user")), el("h2.grow", me.name)),
        el("dl.facts", facts.map(([name, value]) => el("div", el("dt", name), el("dd", value)))),
      ),
      el(
        "section.card.stack",
        el("div", el("h2", words("password")), el("p.soft", words("about"))),
        passwordForm(session, me),
      ),
      el(
        "section.card.stack",
        el("div", el("h2", words("signIns")), el("p.soft", words("signInsAbout"))),
        sessionList(api, me, "/v1/auth/sessions", signal),
      ),
      (me.role === "admin" || me.totp) && secondFactor(api, session, me),
      me.role === "admin" && developers(),
    ),
  );
}

/** Links to other documents. They open in this tab, whose sign-in the test page uses. */
function developers() {
  return el(
    "section.card.stack",
    el("div", el("h2", words("developers")), el("p.soft", words("developersAbout"))),
    el(
      "div.row",
      h("a.button", { href: `${config.api}/console/socket` }, icon("plug"), words("socket")),
      h("a.button", { href: `${config.api}/v1/docs` }, icon("note"), words("api")),
    ),
  );
}
