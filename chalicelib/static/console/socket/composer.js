import { fill, h } from "../shared/dom.js";
import { field } from "../shared/forms.js";
import { dictionary } from "../shared/i18n.js";
import { icon } from "../shared/icons.js";
import { isObject, parsed } from "./frames.js";
import { MESSAGES } from "./messages.js";

const words = dictionary(
  {
    title: "送出訊息",
    types: "訊息類型",
    optional: "{name}（選填）",
    text: "要送出的文字",
    about: "依表單產生，也可以直接改：照樣送出，即使不是 JSON。",
    broken: "這不是 JSON 物件，會照樣送出。",
    counts: "ref 自動編號",
    send: "送出",
    closed: "連線之後才能送出。",
    heartbeat: "活動訊號；回答會附上各頻道目前的編號。",
    ping: "回答 pong。",
    subscribe: "收看頻道；給了 since，就先補送在那之後的事件。",
    unsubscribe: "不再收看頻道。",
    seen: "自己的訊息看到這個編號為止，之後不再補送；0 不改變任何事。",
    order_update: "推進訂單一步，規則與 REST 相同。",
    "delivery.confirmed": "確認送達，附上簽收方式。",
    location_update: "司機的位置，限司機。",
    authenticate: "在開著的連線上換權杖。{{token}} 會換成上方的權杖，紀錄中不會顯示。",
    channel: "例如 orders、order:01J…、driver:01J…",
    since: "您的編號；留空就從現在開始",
    epoch: "since 所屬的 epoch",
  },
  {
    title: "Say something",
    types: "Type of message",
    optional: "{name} (optional)",
    text: "Text to be sent",
    about: "Made from the form; change it as you like. It is sent as it stands, JSON or not.",
    broken: "This is no JSON object, and will be sent like this.",
    counts: "ref counts by itself",
    send: "Send",
    closed: "Connect first.",
    heartbeat: "A sign of life; the answer says where your channels end.",
    ping: "Answered with pong.",
    subscribe: "Watch a channel; with since, what came after it is replayed first.",
    unsubscribe: "Watch a channel no more.",
    seen: "Your own messages up to this number are not delivered again; 0 changes nothing.",
    order_update: "One step of an order, under REST's own rules.",
    "delivery.confirmed": "A delivery, with its proof.",
    location_update: "Where a driver is; drivers only.",
    authenticate: "Another token on the open socket. {{token}} becomes the token above, and is not shown below.",
    channel: "orders, order:01J…, driver:01J… and so on",
    since: "your cursor; empty: from now on",
    epoch: "the one that since belongs to",
  },
);

/**
 * A form for each message, and the text that it makes.
 *
 * @param {import("./context.js").Context} context
 * @param {AbortSignal} signal
 */
export function composer(context, signal) {
  const types = Object.keys(MESSAGES).map((type) => h("button", { type: "button", class: "chip mono", dataset: { type }, onclick: () => context.choose(type) }, type));
  const about = h("p", { class: "soft small" });
  const fields = h("div", { class: "socket-pair" });
  const text = h("textarea", { name: "text", class: "mono", rows: 8, spellcheck: "false", autocapitalize: "none" });
  const broken = h("p", { class: "notice amber", role: "status", hidden: true }, words("broken"));
  const closed = h("span", { class: "small soft" }, words("closed"));
  const send = h("button", { class: "button primary", onclick: () => context.send() }, icon("forward"), words("send"));
  const counts = h("input", { type: "checkbox", checked: context.countsRefs });
  counts.addEventListener("change", () => {
    context.countsRefs = counts.checked;
    context.write(context.values);
  });
  text.addEventListener("input", () => {
    context.text = text.value;
    draw();
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !send.disabled) context.send();
  });

  /** The values that the fields show: a form is not drawn anew while its user types. */
  /** @type {import("./messages.js").Values} */
  let shown = {};
  function form() {
    shown = context.values;
    const controls = MESSAGES[context.type].map(({ name, kind, choices, needed }) => {
      const value = context.values[name] ?? "";
      const control = choices
        ? h("select", { name }, choices.map((each) => h("option", { value: each, selected: each === value }, each)))
        : h("input", { name, value, autocomplete: "off", autocapitalize: "none", spellcheck: "false", inputmode: kind === "number" ? "decimal" : "text" });
      control.addEventListener("input", () => {
        shown = { ...context.values, [name]: control.value };
        context.write(shown);
      });
      return field(needed ? name : words("optional", { name }), control, words.has(name) ? { hint: words(name) } : {});
    });
    fill(fields, controls);
  }

  function draw() {
    for (const chip of types) chip.setAttribute("aria-pressed", String(chip.dataset.type === context.type));
    about.textContent = words.has(context.type) ? words(context.type) : "";
    if (shown !== context.values) form();
    if (text.value !== context.text) text.value = context.text;
    broken.hidden = isObject(parsed(context.text));
    send.disabled = context.socket.state !== "open";
    closed.hidden = !send.disabled;
  }

  context.on((change) => (change === "draft" || change === "state") && draw(), signal);
  draw();
  const element = h(
    "section",
    { class: "card stack composer" },
    h("h2", {}, words("title")),
    h("div", { class: "chips", role: "group", "aria-label": words("types") }, types),
    about,
    h(
      "div",
      { class: "composer-halves" },
      fields,
      h("div", { class: "stack tight" }, field(words("text"), text, { hint: words("about") }), broken),
    ),
    h("div", { class: "row" }, send, closed, h("label", { class: "socket-check" }, counts, h("span", {}, words("counts")))),
  );
  return { element, focus: () => text.focus() };
}
