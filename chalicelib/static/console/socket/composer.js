import { el, fill, h } from "../shared/dom.js";
import { field } from "../shared/forms.js";
import { dictionary } from "../shared/i18n.js";
import { icon } from "../shared/icons.js";
import { isObject, parsed } from "./frames.js";
import { MESSAGES } from "./messages.js";
import texts from "../texts/socket/composer.json" with { type: "json" };

const words = dictionary(texts);

/** A form for each message, and the text that it makes. */
export class Composer {
  #context;
  #types;
  #about = el("p.soft.small");
  #fields = el("div.socket-pair");
  #text = h("textarea.mono", { name: "text", rows: 8, spellcheck: "false", autocapitalize: "none" });
  #broken = h("p.notice.amber", { role: "status", hidden: true }, words("broken"));
  #closed = el("span.small.soft", words("closed"));
  #send;
  /** The values that the fields show: a form is not drawn anew while its user types. @type {import("./messages.js").Values} */
  #shown = {};

  /** @param {import("./context.js").Context} context @param {AbortSignal} signal */
  constructor(context, signal) {
    this.#context = context;
    this.#types = Object.keys(MESSAGES).map((type) => h("button.chip.mono", { type: "button", dataset: { type }, onclick: () => context.choose(type) }, type));
    this.#send = h("button.button.primary", { onclick: () => context.send() }, icon("forward"), words("send"));
    this.#text.addEventListener("input", () => {
      context.text = this.#text.value;
      this.#draw();
    });
    this.#text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !this.#send.disabled) context.send();
    });
    context.on((change) => (change === "draft" || change === "state") && this.#draw(), signal);
    this.#draw();
  }

  focus() {
    this.#text.focus();
  }

  get element() {
    const text = el("div.stack.tight", field(words("text"), this.#text, { hint: words("about") }), this.#broken);
    return el(
      "section.card.stack.composer",
      el("h2", words("title")),
      h("div.chips", { role: "group", "aria-label": words("types") }, this.#types),
      this.#about,
      el("div.composer-halves", this.#fields, text),
      el("div.row", this.#send, this.#closed, el("label.socket-check", this.#countsBox(), el("span", words("counts")))),
    );
  }

  #countsBox() {
    const context = this.#context;
    const box = h("input", { type: "checkbox", checked: context.countsRefs });
    box.addEventListener("change", () => {
      context.countsRefs = box.checked;
      context.write(context.values);
    });
    return box;
  }

  #drawForm() {
    const context = this.#context;
    this.#shown = context.values;
    const controls = MESSAGES[context.type].map(({ name, isNumber, choices, needed }) => {
      const value = context.values[name] ?? "";
      const control = choices
        ? h("select", { name }, choices.map((each) => h("option", { value: each, selected: each === value }, each)))
        : h("input", { name, value, autocomplete: "off", autocapitalize: "none", spellcheck: "false", inputmode: isNumber ? "decimal" : "text" });
      control.addEventListener("input", () => {
        this.#shown = { ...context.values, [name]: control.value };
        context.write(this.#shown);
      });
      return field(needed ? name : words("optional", { name }), control, words.has(name) ? { hint: words(name) } : {});
    });
    fill(this.#fields, controls);
  }

  #draw() {
    const { type, values, text, socket } = this.#context;
    for (const chip of this.#types) chip.setAttribute("aria-pressed", String(chip.dataset.type === type));
    this.#about.textContent = words.has(type) ? words(type) : "";
    if (this.#shown !== values) this.#drawForm();
    if (this.#text.value !== text) this.#text.value = text;
    this.#broken.hidden = isObject(parsed(text));
    this.#send.disabled = socket.state !== "open";
    this.#closed.hidden = !this.#send.disabled;
  }
}
