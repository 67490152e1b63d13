import { confirmed } from "./dialogs.js";
import { el, fill, h } from "./dom.js";
import { formats } from "./format.js";
import { dictionary } from "./i18n.js";
import { icon } from "./icons.js";
import { complain, failed, loading, notify } from "./notices.js";
import texts from "../texts/shared/session-list.json" with { type: "json" };

const words = dictionary(texts);

/**
 * @typedef {{id: string, signed_in_at: string, last_used_at: string, user_agent: string, current: boolean}} SignIn
 */

/**
 * Where a user is signed in, the newest first, and how to end it.
 *
 * @param {import("./api.js").Api} api
 * @param {import("./session.js").Me} me
 * @param {string} path `/v1/auth/sessions`, or for admins that of a user: GET lists them, DELETE ends all but the own one
 * @param {AbortSignal} signal
 */
export function sessionList(api, me, path, signal) {
  const isOwn = path === "/v1/auth/sessions";
  const format = formats(me.tenant);
  const element = el("div.stack");
  void load();
  return element;

  async function load() {
    fill(element, loading());
    try {
      /** @type {{items: SignIn[]}} */
      const { items } = await api.get(path, { signal });
      const others = items.filter(({ current }) => !current);
      const all = h("button.button.danger", { onclick: () => void end(path, words(isOwn ? "sureAll" : "sureAllOf")) }, words(isOwn ? "endAll" : "endAllOf"));
      const none = !items.length && el("p.soft", words("none"));
      fill(element, none, el("ul.people", items.map(row)), others.length > 0 && el("div.row", all));
    } catch (error) {
      if (!signal.aborted) fill(element, failed(error, load));
    }
  }

  /** @param {SignIn} signIn */
  function row({ id, signed_in_at, last_used_at, user_agent, current }) {
    const client = user_agent === "unknown" ? words("unknown") : user_agent.replace(" on ", " · ");
    const times = { day: format.day(signed_in_at), clock: format.clock(signed_in_at), ago: format.ago(last_used_at) };
    const button = h("button.button.plain.danger", { "aria-label": `${words("end")} ${client}`, onclick: () => void end(`/v1/auth/sessions/${id}`, words("sure", { client })) }, words("end"));
    return h(
      "li.row",
      { dataset: { session: id } },
      el("span.portrait", icon("screen")),
      el(
        "div.grow",
        el("div.row.tight", el("strong", client), current && el("span.badge.green", words("current"))),
        el("div.soft.small.number", words("times", times)),
      ),
      !current && button,
    );
  }

  /** @param {string} what @param {string} title */
  async function end(what, title) {
    if (!(await confirmed({ title, text: words("again"), action: words("end"), danger: true }))) return;
    try {
      await api.delete(what);
      notify(words("ended"));
    } catch (error) {
      complain(error);
    }
    await load();
  }
}
