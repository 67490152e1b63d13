import { fill, h } from "../shared/dom.js";
import { field } from "../shared/forms.js";
import { dictionary } from "../shared/i18n.js";
import { icon } from "../shared/icons.js";
import { isObject, parsed } from "./frames.js";
import { MESSAGES } from "./messages.js";
import texts from "../texts/socket/composer.json" with { type: "json" };

const words = dictionary(texts);

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
