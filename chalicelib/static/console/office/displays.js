import { now } from "../shared/clock.js";
import { confirmed, dialog } from "../shared/dialogs.js";
import { fill, h } from "../shared/dom.js";
import { field, form } from "../shared/forms.js";
import { dictionary } from "../shared/i18n.js";
import { icon } from "../shared/icons.js";
import { blank, complain, loading, notify } from "../shared/notices.js";
import { today } from "../delivery/day.js";
import { everyRow } from "./drivers.js";
import { userNames } from "./user-names.js";

const words = dictionary(
  {
    about: "不能登入的螢幕（例如店裡的電視）用權杖讀取訂單、路線與司機的即時更新；看不到客戶的姓名、電話和地址，也不能修改任何資料。",
    add: "新增權杖",
    none: "還沒有權杖",
    noneText: "為每個螢幕建立一個權杖，不再使用時就能單獨撤銷。",
    name: "名稱",
    nameHint: "這個螢幕在哪裡，例如「門市電視」。",
    days: "有效天數",
    daysHint: "1 到 365 天。",
    dates: "{created} 由 {by} 建立 · {expires} 到期",
    removedUser: "已移除的使用者",
    active: "使用中",
    expired: "已到期",
    revoked: "已撤銷",
    revoke: "撤銷",
    revokeTitle: "撤銷這個權杖？",
    revokeText: "「{name}」的連線會立即中斷，權杖不能恢復。",
    revokedNow: "已撤銷 {name}。",
    createdTitle: "{name} 的權杖",
    once: "權杖只顯示這一次，請現在複製。知道權杖的人都能讀取即時更新。",
    address: "連線位址",
    addressHint: "給會自行加上 /ws 的前端使用。",
    token: "權杖",
    copy: "複製",
    copied: "已複製。",
    done: "完成",
  },
  {
    about: "A screen that cannot sign in, such as a television in the shop, reads live updates of orders, routes and drivers with a token. It sees no names, phone numbers or addresses of customers, and can change nothing.",
    add: "New token",
    none: "No tokens yet",
    noneText: "Make a token for each screen: a token that is no longer used can then be revoked alone.",
    name: "Name",
    nameHint: "Where the screen is, such as “Shop television”.",
    days: "Valid for days",
    daysHint: "1 to 365 days.",
    dates: "Made {created} by {by} · expires {expires}",
    removedUser: "a removed user",
    active: "active",
    expired: "expired",
    revoked: "revoked",
    revoke: "Revoke",
    revokeTitle: "Revoke this token?",
    revokeText: "The connections of “{name}” close at once, and the token cannot be restored.",
    revokedNow: "{name} is revoked.",
    createdTitle: "Token of {name}",
    once: "The token is shown this one time: copy it now. Anyone who has it can read the live updates.",
    address: "Address",
    addressHint: "For frontends that add /ws to it.",
    token: "Token",
    copy: "Copy",
    copied: "Copied.",
    done: "Done",
  },
);

/** @type {Readonly<Record<ReturnType<typeof stateOf>, string>>} */
const HUES = { active: "green", expired: "grey", revoked: "red" };
const DAYS = 90;
const MOST_DAYS = 365;

/**
 * @typedef {{
 *   id: string, name: string, created_at: string, created_by: string, expires_at: string, revoked_at: string | null,
 * }} DisplayToken
 */

/** Read-only access for screens that cannot sign in. @type {import("../pages.js").Show} */
export async function show({ api, me, main, signal }) {
  const names = userNames(api, me, signal);
  const list = h("ul", { class: "people" });
  const add = () => h("button", { class: "button primary", onclick: () => void create() }, icon("plus"), words("add"));
  fill(main, loading());
  await load();
  fill(main, h("div", { class: "stack" }, h("div", { class: "row people-bar" }, h("p", { class: "soft grow" }, words("about")), add()), list));

  async function load() {
    /** @type {DisplayToken[]} */
    const tokens = await everyRow(api, "/v1/display-tokens", signal);
    await names.learn(tokens.map(({ created_by }) => created_by));
    fill(list, tokens.length ? tokens.map(row) : h("li", {}, blank({ icon: "screen", title: words("none"), text: words("noneText") })));
  }

  /** @param {DisplayToken} token */
  function row(token) {
    const { id, name, created_at, created_by, expires_at } = token;
    const state = stateOf(token);
    const date = (/** @type {string} */ time) => today(me.tenant.time_zone, new Date(time));
    const dates = { created: date(created_at), by: names.name(created_by) || words("removedUser"), expires: date(expires_at) };
    return h(
      "li",
      { class: "card row", dataset: { display: id } },
      h("span", { class: "portrait" }, icon("screen")),
      h(
        "div",
        { class: "grow" },
        h("div", { class: "row tight" }, h("strong", { dir: "auto" }, name), h("span", { class: `badge ${HUES[state]}` }, words(state))),
        h("div", { class: "soft small number" }, words("dates", dates)),
      ),
      state === "active" && h("button", { class: "button plain danger", "aria-label": `${words("revoke")} ${name}`, onclick: () => void revoke(token) }, words("revoke")),
    );
  }

  async function create() {
    const name = h("input", { name: "name", required: true, maxlength: 100, autocomplete: "off" });
    const days = h("input", { name: "expires_in_days", type: "number", inputmode: "numeric", required: true, min: 1, max: MOST_DAYS, value: DAYS });
    const made = await dialog(words("add"), (/** @type {(made?: {name: string, token: string}) => void} */ close) => [
      form(
        { submit: words("add") },
        async () => close(await api.post("/v1/display-tokens", { name: name.value.trim(), expires_in_days: days.valueAsNumber })),
        field(words("name"), name, { hint: words("nameHint") }),
        field(words("days"), days, { hint: words("daysHint") }),
      ),
    ]);
    if (!made) return;
    await Promise.all([showOnce(made), load().catch(complain)]);
  }

  /** @param {DisplayToken} token */
  async function revoke({ id, name }) {
    const sure = { title: words("revokeTitle"), text: words("revokeText", { name }), action: words("revoke"), danger: true };
    if (!(await confirmed(sure))) return;
    try {
      await api.delete(`/v1/display-tokens/${id}`);
      notify(words("revokedNow", { name }));
    } catch (error) {
      complain(error);
    }
    await load().catch(() => {});
  }
}

/** The server shows a token in one answer alone. @param {{name: string, token: string}} made */
function showOnce({ name, token }) {
  const address = `${location.origin.replace(/^http/, "ws")}/display/${token}`;
  return dialog(words("createdTitle", { name }), (/** @type {() => void} */ close) => [
    h("p", { class: "notice amber" }, icon("alert"), h("span", { class: "grow" }, words("once"))),
    copied(words("address"), address, words("addressHint")),
    copied(words("token"), token),
    h("button", { class: "button primary", onclick: () => close() }, words("done")),
  ]);
}

/**
 * A text and the button that copies it.
 *
 * @param {string} label
 * @param {string} text
 * @param {string} [hint]
 */
function copied(label, text, hint) {
  const control = h("input", { value: text, readonly: true, onfocus: () => control.select() });
  const button = h("button", {
    class: "button",
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
  return h("div", { class: "stack tight" }, field(label, control, hint === undefined ? {} : { hint }), button);
}

/** @param {DisplayToken} token */
function stateOf({ revoked_at, expires_at }) {
  if (revoked_at) return "revoked";
  return Date.parse(expires_at) <= now() ? "expired" : "active";
}
