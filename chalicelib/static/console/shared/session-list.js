import { confirmed } from "./dialogs.js";
import { fill, h } from "./dom.js";
import { formats } from "./format.js";
import { dictionary } from "./i18n.js";
import { icon } from "./icons.js";
import { complain, failed, loading, notify } from "./notices.js";

const words = dictionary(
  {
    unknown: "未知的程式",
    times: "{day} {clock} 登入 · 最近使用 {ago}",
    current: "這個裝置",
    end: "登出",
    ended: "已登出。",
    endAll: "登出其他所有裝置",
    endAllOf: "從所有裝置登出",
    sure: "要登出「{client}」嗎？",
    sureAll: "要登出其他所有裝置嗎？",
    sureAllOf: "要從所有裝置登出嗎？",
    again: "這些裝置要重新登入才能使用。",
    none: "目前沒有登入。",
  },
  {
    unknown: "Unknown program",
    times: "Signed in {day} {clock} · last used {ago}",
    current: "this device",
    end: "Sign out",
    ended: "Signed out.",
    endAll: "Sign out all other devices",
    endAllOf: "Sign out everywhere",
    sure: "Sign out “{client}”?",
    sureAll: "Sign out all other devices?",
    sureAllOf: "Sign out everywhere?",
    again: "These devices must sign in again.",
    none: "Signed in nowhere at present.",
  },
);

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
  const element = h("div", { class: "stack" });
  void load();
  return element;

  async function load() {
    fill(element, loading());
    try {
      /** @type {{items: SignIn[]}} */
      const { items } = await api.get(path, { signal });
      const others = items.filter(({ current }) => !current);
      const all = h("button", { class: "button danger", onclick: () => void end(path, words(isOwn ? "sureAll" : "sureAllOf")) }, words(isOwn ? "endAll" : "endAllOf"));
      const none = !items.length && h("p", { class: "soft" }, words("none"));
      fill(element, none, h("ul", { class: "people" }, items.map(row)), others.length > 0 && h("div", { class: "row" }, all));
    } catch (error) {
      if (!signal.aborted) fill(element, failed(error, load));
    }
  }

  /** @param {SignIn} signIn */
  function row({ id, signed_in_at, last_used_at, user_agent, current }) {
    const client = user_agent === "unknown" ? words("unknown") : user_agent.replace(" on ", " · ");
    const times = { day: format.day(signed_in_at), clock: format.clock(signed_in_at), ago: format.ago(last_used_at) };
    const button = h("button", { class: "button plain danger", "aria-label": `${words("end")} ${client}`, onclick: () => void end(`/v1/auth/sessions/${id}`, words("sure", { client })) }, words("end"));
    return h(
      "li",
      { class: "row", dataset: { session: id } },
      h("span", { class: "portrait" }, icon("screen")),
      h(
        "div",
        { class: "grow" },
        h("div", { class: "row tight" }, h("strong", {}, client), current && h("span", { class: "badge green" }, words("current"))),
        h("div", { class: "soft small number" }, words("times", times)),
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
