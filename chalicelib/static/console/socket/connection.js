import { el, fill, h } from "../shared/dom.js";
import { field } from "../shared/forms.js";
import { dictionary } from "../shared/i18n.js";
import { icon } from "../shared/icons.js";
import { closeText, codeText } from "./reasons.js";
import texts from "../texts/socket/connection.json" with { type: "json" };

const words = dictionary(texts);

const COLOURS = { closed: "grey", connecting: "amber", open: "green", closing: "amber" };

/**
 * The line: what it is opened with, how it is, and why it ended.
 *
 * @param {import("./context.js").Context} context
 * @param {AbortSignal} signal
 */
export function connection(context, signal) {
  const client = choice("client", ["office", "driver", "customer"], context.client);
  const format = choice("format", ["standard", "flat", "restaurant"], context.format);
  const address = el("code.address");
  const state = h("span.badge", { role: "status" });
  const connect = h("button.button.primary", { onclick: () => context.connect() }, icon("plug"), words("connect"));
  const disconnect = h("button.button", { onclick: () => context.disconnect() }, icon("close"), words("disconnect"));
  const why = h("div.stack.tight", { role: "alert" });
  const beats = h("input", { type: "checkbox", checked: context.sendsHeartbeats });
  beats.addEventListener("change", () => (context.sendsHeartbeats = beats.checked));
  const chosen = () => {
    context.client = client.value;
    context.format = format.value;
    context.notify("state");
  };
  for (const select of [client, format]) select.addEventListener("change", chosen);

  /** The text of `why`, so that it is read out once. */
  let shown = "";
  function draw() {
    const { socket: line } = context;
    state.className = `badge ${COLOURS[line.state]}`;
    state.dataset.state = line.state;
    state.textContent = words(line.state);
    address.textContent = context.address;
    connect.disabled = line.state !== "closed";
    disconnect.disabled = line.state !== "open" && line.state !== "connecting";
    const texts = reasons(context);
    if (shown === texts.join("\n")) return;
    shown = texts.join("\n");
    fill(why, texts.map((text) => h("p", { class: `notice ${line.end?.code === 1000 && !context.closing ? "blue" : "red"}` }, text)));
  }

  context.on((change) => change === "state" && draw(), signal);
  draw();
  return el(
    "section.card.stack",
    el("div.row", el("h2.grow", words("title")), state),
    el("div.socket-pair", field(words("client"), client), field(words("format"), format)),
    el("div.stack.tight", el("span.small.soft", words("address")), address),
    el("label.socket-check", beats, el("span", words("beats"))),
    el("div.row.tight", connect, disconnect),
    why,
  );
}

/** @param {import("./context.js").Context} context @returns {string[]} */
function reasons({ socket: { end, state }, closing, why }) {
  if (!end || state !== "closed") return [];
  if (end.refused) return [words("refused"), why ? codeText(why.code, why.values) : words("asking")];
  const text = end.reason || closeText(end.code);
  return [
    `${words("ended", { code: end.code })}${text && ` · ${text}`}`,
    ...(closing === undefined ? [] : [`${words("closingCode", { code: closing })} ${closing === codeText(closing) ? "" : codeText(closing)}`.trim()]),
  ];
}

/** @param {string} name @param {readonly string[]} values @param {string} value */
function choice(name, values, value) {
  return h("select", { name, value }, h("option", { value: "" }, words("none")), values.map((each) => h("option", { value: each, selected: each === value }, each)));
}
