import { confirmed, dialog } from "../shared/dialogs.js";
import { el, fill, h } from "../shared/dom.js";
import { formDialog } from "../shared/form-dialog.js";
import { field, form } from "../shared/forms.js";
import { afterPause, latest } from "../shared/timing.js";
import { Page } from "../shared/page.js";
import { listed } from "../shared/i18n.js";
import { icon } from "../shared/icons.js";
import { complain, loading, notify } from "../shared/notices.js";
import { explained, words as shared } from "../shared/words.js";
import { HUES, statusName } from "./order-steps.js";
import { words } from "./sms-words.js";

/** @import { SmsTemplate, Status } from "./types.js" */

const VARIABLES = /** @type {const} */ (["order_number", "scheduled_date", "customer_name", "address", "status", "estimated_time", "pin", "tracking_url", "opt_out_url"]);
const LONGEST = 400;
const PAUSE_MS = 250;
const MOST_A_DAY = 100_000;

/** What the SMS say. @type {import("../pages.js").Show} */
export async function showTemplates(context) {
  const { api, main, signal } = context;
  fill(main, loading(6));
  const [templates, settings] = await Promise.all(["templates", "settings"].map((name) => api.get(`/v1/notifications/${name}`, { signal })));
  new SmsTemplates(context, templates.items, settings).open();
}

class SmsTemplates extends Page {
  #rows;
  #settings;
  #language;
  #list = el("ul.sms-list");
  #cap = h("div.row.tight", { dataset: { cap: "" } });

  /**
   * @param {import("../pages.js").Context} context
   * @param {SmsTemplate[]} rows
   * @param {{language: string, daily_cap?: number, allowed_links: string[], allowed_numbers: string[]}} settings
   */
  constructor(context, rows, settings) {
    super(context);
    const option = (/** @type {string} */ value, /** @type {"chinese" | "english"} */ word) => h("option", { value, selected: settings.language === value }, words(word));
    this.#rows = rows;
    this.#settings = settings;
    this.#language = h("select", { onchange: this.draw }, option("zh-TW", "chinese"), option("en", "english"));
  }

  open() {
    const register = this.#mayEdit && h("button.button", { onclick: () => void this.#register() }, words("registered"));
    fill(this.context.main, el("div.stack", el("div.row", field(words("language"), this.#language), register), !this.#mayEdit && el("p.notice", words("adminsOnly")), this.#cap, this.#list));
    this.#drawCap(this.#settings.daily_cap);
    this.draw();
  }

  get #mayEdit() {
    return this.context.me.role === "admin";
  }

  drawNow() {
    fill(this.#list, this.#rows.filter((row) => row.language === this.#language.value).map((template) => this.#row(template)));
  }

  /** @param {number | undefined} most undefined from a server of the version before */
  #drawCap(most) {
    if (most === undefined) return;
    fill(this.#cap, el("p.small.soft.grow.number", words("capText", { count: most })), this.#mayEdit && h("button.button", { onclick: () => void this.#changeCap(most) }, icon("edit"), words("changeCap")));
  }

  /** @param {number} most */
  async #changeCap(most) {
    const box = h("input", { name: "daily_cap", type: "number", inputmode: "numeric", min: 1, max: MOST_A_DAY, step: 1, required: true, value: most });
    const save = () => this.context.api.patch("/v1/notifications/settings", { daily_cap: Number(box.value) });
    const settings = await formDialog(words("cap"), shared("save"), save, field(words("cap"), box, { hint: words("capHint") }));
    if (settings) this.#drawCap(settings.daily_cap);
  }

  /** @param {SmsTemplate} template */
  #row(template) {
    const { status, text, is_own, is_sent, segments } = template;
    return h(
      "li.card.sms-row",
      { dataset: { template: `${status}.${template.language}` } },
      el(
        "div.row.tight",
        h("span", { class: `badge ${HUES[status]}` }, statusName(status)),
        el("span.small.soft.grow", is_sent ? `${words(is_own ? "own" : "standard")} · ${words("perSegment", { count: segments })}` : words("notSent")),
        this.#mayEdit && h("button.button", { "aria-label": `${words("edit")} ${statusName(status)}`, onclick: () => void this.#edit(template) }, icon("edit"), words("edit")),
      ),
      is_sent && h("p", { dir: "auto" }, text),
    );
  }

  async #reload() {
    const { api, signal } = this.context;
    this.#rows = (await api.get("/v1/notifications/templates", { signal })).items;
    this.draw();
  }

  /** What the sender has registered with the carriers. */
  async #register() {
    const links = h("textarea", { name: "links", rows: 4, dir: "ltr", value: this.#settings.allowed_links.join("\n") });
    const numbers = h("textarea", { name: "numbers", rows: 4, dir: "ltr", inputmode: "tel", value: (this.#settings.allowed_numbers ?? []).join("\n") });
    const settings = await formDialog(
      words("registered"),
      shared("save"),
      () => this.context.api.patch("/v1/notifications/settings", { allowed_links: lines(links), allowed_numbers: lines(numbers) }),
      field(words("registeredLinks"), links, { hint: words("onePerLine") }),
      field(words("registeredNumbers"), numbers, { hint: words("onePerLine") }),
      el("p.small.soft", words("registeredHint")),
    );
    if (!settings) return;
    this.#settings = settings;
    notify(words("registeredChanged"));
  }

  /** @param {SmsTemplate} template */
  async #edit({ status, language: tongue, text, default: standard, is_own }) {
    const { signal, api } = this.context;
    const path = `/v1/notifications/templates/${status}/${tongue}`;
    const box = h("textarea", { name: "text", rows: 5, maxlength: LONGEST, value: text, dir: "auto" });
    const allowed = [...this.#settings.allowed_links, ...(this.#settings.allowed_numbers ?? [])];
    const gone = new AbortController();
    const shown = this.#preview(box, status, tongue, AbortSignal.any([gone.signal, signal]));
    /** @param {string} name */
    const insert = (name) => {
      box.setRangeText(`{${name}}`, box.selectionStart, box.selectionEnd, "end");
      box.dispatchEvent(new Event("input"));
      box.focus();
    };
    await dialog(words("editTitle", { status: statusName(status) }), (/** @type {() => void} */ close) => [
      form(
        { submit: shared("save") },
        async () => {
          await api.put(path, { text: box.value });
          close();
          notify(words("changed"));
          await this.#reload();
        },
        field(words("text"), box, { hint: words("textHint") }),
        h("div.row.tight", { role: "group", "aria-label": words("variables") }, VARIABLES.map((name) => h("button.chip", { type: "button", onclick: () => insert(name) }, words(name)))),
        shown,
        el("p.small.soft", allowed.length ? words("allowed", { allowed: listed(allowed) }) : words("noneAllowed")),
      ),
      is_own &&
        h(
          "button.button.plain",
          {
            onclick: async () => {
              const sure = { title: words("resetTitle"), text: words("resetText", { text: standard || words("nothingSent") }), action: words("reset"), danger: true };
              if (!(await confirmed(sure))) return;
              try {
                await api.delete(path);
                close();
                notify(words("changed"));
                await this.#reload();
              } catch (error) {
                complain(error);
              }
            },
          },
          words("reset"),
        ),
    ], { class: "wide-dialog" });
    gone.abort();
  }

  /**
   * How it comes out, as one types.
   *
   * @param {HTMLTextAreaElement} box
   * @param {Status} status
   * @param {string} tongue
   * @param {AbortSignal} until
   */
  #preview(box, status, tongue, until) {
    const bubble = h("p.bubble", { dir: "auto" });
    const facts = el("p.small.soft.number");
    const request = latest(until);
    const ask = async () => {
      const mine = request();
      if (!box.value.trim()) {
        fill(bubble, words("emptyPreview"));
        return void fill(facts);
      }
      try {
        const { text, segments, cost } = await this.context.api.post("/v1/notifications/preview", { status, language: tongue, text: box.value }, { signal: mine });
        bubble.classList.remove("wrong");
        fill(bubble, text);
        fill(facts, `${words("perSegment", { count: segments })} · ${cost === null ? words("priceUnknown") : words("cost", { amount: this.format.money(cost) })}`);
      } catch (error) {
        if (mine.aborted) return;
        bubble.classList.add("wrong");
        fill(bubble, explained(error));
        fill(facts);
      }
    };
    box.addEventListener("input", afterPause(PAUSE_MS, ask, until));
    void ask();
    return h("section.stack.tight", { "aria-live": "polite", "aria-label": words("preview") }, el("h3", words("preview")), bubble, facts);
  }
}

/** @param {HTMLTextAreaElement} box */
function lines(box) {
  return box.value.split("\n").map((line) => line.trim()).filter(Boolean);
}
