import { el, fill, h } from "../shared/dom.js";
import { dictionary } from "../shared/i18n.js";
import { complain, notify } from "../shared/notices.js";
import { copied, matches, MOST_FRAMES } from "./frames.js";
import { row } from "./frame-row.js";
import texts from "../texts/socket/log.json" with { type: "json" };

const words = dictionary(texts);

// A reader who is this near to the end follows new frames.
const NEAR_PX = 48;

/** The frames of the connection, the newest last. */
export class Log {
  #frames;
  #list = h("div.frames", { role: "log", "aria-live": "off", "aria-label": words("title"), tabindex: 0 });
  #none = el("p.soft", words("none"));
  #filter = h("select", { name: "filter", "aria-label": words("filter"), onchange: () => this.#draw() });
  #pause = h("button.button", { "aria-pressed": "false", onclick: () => this.#togglePause() });
  /** How many have come since the pause; undefined while there is none. @type {number | undefined} */
  #missed;
  /** Types that are offered; `-` until they are. */
  #types = "-";
  element = el(
    "section.card.stack.log",
    el("div", el("h2", words("title")), el("p.small.soft", words("about", { most: MOST_FRAMES.toLocaleString() }))),
    el(
      "div.row.tight",
      el("div.field.grow", this.#filter),
      this.#pause,
      h("button.button", { onclick: () => this.#clear() }, words("clear")),
      h("button.button", { onclick: () => void this.#copy() }, words("copy")),
    ),
    this.#none,
    this.#list,
  );

  /** @param {import("./context.js").Context} context @param {AbortSignal} signal */
  constructor(context, signal) {
    this.#frames = context.frames;
    context.on((change, frame) => {
      if (change === "frame" && frame) this.#add(frame);
    }, signal);
    this.#draw();
  }

  get #matching() {
    return this.#frames.all.filter((frame) => matches(frame, this.#filter.value));
  }

  #drawOptions() {
    const found = this.#frames.types();
    if (this.#types === found.join()) return;
    this.#types = found.join();
    const { value } = this.#filter;
    fill(this.#filter, h("option", { value: "" }, words("all")), h("option", { value: "-" }, words("quiet")), found.map((type) => h("option", { value: type }, type)));
    this.#filter.value = found.includes(value) || value === "-" ? value : "";
  }

  #draw() {
    this.#drawOptions();
    fill(this.#list, this.#matching.map(row));
    this.#list.scrollTop = this.#list.scrollHeight;
    this.#drawBar();
  }

  #drawBar() {
    this.#none.hidden = this.#frames.all.length > 0;
    this.#list.hidden = !this.#none.hidden;
    this.#pause.setAttribute("aria-pressed", String(this.#missed !== undefined));
    this.#pause.textContent = this.#missed === undefined ? words("pause") : words("resume", { count: this.#missed });
  }

  /** @param {import("./frames.js").Frame} frame */
  #add(frame) {
    const list = this.#list;
    if (this.#missed !== undefined) this.#missed++;
    else if (matches(frame, this.#filter.value)) {
      const near = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_PX;
      list.append(row(frame));
      if (list.childElementCount > MOST_FRAMES) list.firstElementChild?.remove();
      if (near) list.scrollTop = list.scrollHeight;
    }
    this.#drawOptions();
    this.#drawBar();
  }

  #togglePause() {
    this.#missed = this.#missed === undefined ? 0 : undefined;
    if (this.#missed === undefined) this.#draw();
    else this.#drawBar();
  }

  #clear() {
    this.#frames.clear();
    if (this.#missed !== undefined) this.#missed = 0;
    this.#draw();
  }

  async #copy() {
    const shown = this.#matching;
    try {
      await navigator.clipboard.writeText(copied(shown));
      notify(words("copied", { count: shown.length }));
    } catch (error) {
      complain(error);
    }
  }
}
