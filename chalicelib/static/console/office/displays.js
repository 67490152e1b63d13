import { now } from "../shared/clock.js";
import { confirmed, dialog } from "../shared/dialogs.js";
import { el, fill, h } from "../shared/dom.js";
import { formDialog } from "../shared/form-dialog.js";
import { field } from "../shared/forms.js";
import { dictionary } from "../shared/i18n.js";
import { icon } from "../shared/icons.js";
import { blank, complain, loading, notify } from "../shared/notices.js";
import { Page } from "../shared/page.js";
import { allRows } from "../shared/all-pages.js";
import { userNames } from "./user-names.js";
import texts from "../texts/office/displays.json" with { type: "json" };

/** @import { DisplayToken } from "./types.js" */

const words = dictionary(texts);

/** @type {Readonly<Record<ReturnType<typeof stateOf>, string>>} */
const HUES = { active: "green", expired: "grey", revoked: "red" };
const DAYS = 90;
const MOST_DAYS = 365;

/** Read-only access for screens that cannot sign in. @type {import("../pages.js").Show} */
export function show(context) {
  return new Displays(context).open();
}

class Displays extends Page {
  #names = userNames(this.context.api, this.context.me, this.context.signal);
  #list = el("ul.people");
  #add = () => h("button.button.primary", { onclick: () => void this.#create() }, icon("plus"), words("add"));

  async open() {
    fill(this.context.main, loading());
    await this.#load();
    fill(this.context.main, el("div.stack", el("div.row.people-bar", el("p.soft.grow", words("about")), this.#add()), this.#list));
  }

  async #load() {
    const { api, signal } = this.context;
    /** @type {DisplayToken[]} */
    const tokens = await allRows(api, "/v1/display-tokens", signal);
    await this.#names.learn(tokens.map(({ created_by }) => created_by));
    fill(this.#list, tokens.length ? tokens.map((token) => this.#row(token)) : el("li", blank({ icon: "screen", title: words("none"), text: words("noneText") })));
  }

  /** @param {DisplayToken} token */
  #row(token) {
    const { id, name, created_at, created_by, expires_at } = token;
    const state = stateOf(token);
    const dates = { created: this.days.of(created_at), by: this.#names.name(created_by) || words("removedUser"), expires: this.days.of(expires_at) };
    return h(
      "li.card.row",
      { dataset: { display: id } },
      el("span.portrait", icon("screen")),
      el(
        "div.grow",
        el("div.row.tight", h("strong", { dir: "auto" }, name), h("span", { class: `badge ${HUES[state]}` }, words(state))),
        el("div.soft.small.number", words("dates", dates)),
      ),
      state === "active" && h("button.button.plain.danger", { "aria-label": `${words("revoke")} ${name}`, onclick: () => void this.#revoke(token) }, words("revoke")),
    );
  }

  async #create() {
    const name = h("input", { name: "name", required: true, maxlength: 100, autocomplete: "off" });
    const days = h("input", { name: "expires_in_days", type: "number", inputmode: "numeric", required: true, min: 1, max: MOST_DAYS, value: DAYS });
    const made = await formDialog(
      words("add"),
      words("add"),
      () => this.context.api.post("/v1/display-tokens", { name: name.value.trim(), expires_in_days: days.valueAsNumber }),
      field(words("name"), name, { hint: words("nameHint") }),
      field(words("days"), days, { hint: words("daysHint") }),
    );
    if (!made) return;
    await Promise.all([showOnce(made), this.#load().catch(complain)]);
  }

  /** @param {DisplayToken} token */
  async #revoke({ id, name }) {
    const sure = { title: words("revokeTitle"), text: words("revokeText", { name }), action: words("revoke"), danger: true };
    if (!(await confirmed(sure))) return;
    try {
      await this.context.api.delete(`/v1/display-tokens/${id}`);
      notify(words("revokedNow", { name }));
    } catch (error) {
      complain(error);
    }
    await this.#load().catch(() => {});
  }
}

/** The server shows a token in one answer alone. @param {{name: string, token: string}} made */
function showOnce({ name, token }) {
  const address = `${location.origin.replace(/^http/, "ws")}/display/${token}`;
  return dialog(words("createdTitle", { name }), (/** @type {() => void} */ close) => [
    el("p.notice.amber", icon("alert"), el("span.grow", words("once"))),
    copied(words("address"), address, words("addressHint")),
    copied(words("token"), token),
    h("button.button.primary", { onclick: () => close() }, words("done")),
  ]);
}

/** A text and the button that copies it. @param {string} label @param {string} text @param {string} [hint] */
function copied(label, text, hint) {
  const control = h("input", { value: text, readonly: true, onfocus: () => control.select() });
  const button = h("button.button", {
    "aria-label": `${words("copy")} ${label}`,
    onclick: async () => {
      try {
        await navigator.clipboard.writeText(text);
        notify(words("copied"));
      } catch {
        // Not on an insecure page, and where it is not allowed: selected, it can be copied by hand.
        control.focus();
      }
    },
  }, words("copy"));
  return el("div.stack.tight", field(label, control, { hint }), button);
}

/** @param {DisplayToken} token */
function stateOf({ revoked_at, expires_at }) {
  if (revoked_at) return "revoked";
  return Date.parse(expires_at) <= now() ? "expired" : "active";
}
