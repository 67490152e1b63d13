import { ApiError } from "../shared/api.js";
import { el, fill, h } from "../shared/dom.js";
import { language, listed } from "../shared/i18n.js";
import { icon } from "../shared/icons.js";
import { blank, complain, failed, loading, notify } from "../shared/notices.js";
import { orderStatusName } from "../shared/order-status.js";
import { keepFocus } from "../shared/keep-focus.js";
import { whileBusy } from "../shared/while-busy.js";
import { Page } from "../shared/page.js";
import { shareBar } from "./chart.js";
import { dayAfter } from "../shared/dates.js";
import { phoneText } from "../shared/phones.js";
import { Pager } from "../shared/pager.js";
import { isReason, smsStatus, why, words } from "./sms-words.js";
import { whileVisible } from "./while-visible.js";

/** @import { Sms, SmsStats, SmsStatus } from "./types.js" */

/** @type {Readonly<Record<SmsStatus, import("../shared/map.js").Hue>>} */
const HUES = { delivered: "green", sent: "blue", queued: "violet", sending: "violet", unknown: "amber", failed: "red", skipped: "grey" };
const STATUSES = /** @type {readonly SmsStatus[]} */ (Object.keys(HUES));
/** These need an action by staff. @type {readonly SmsStatus[]} */
const ATTENTION = ["failed", "unknown"];
const AGAIN = new Set(["failed", "unknown", "skipped"]);
// No event has an SMS's outcome: it follows an order's step, or a resend, within seconds, and what waits is
// looked at until it is over.
const AFTER_STEP_MS = 400;
const EXPECTED_MS = 6000;
const WAITING_MS = 1500;
const IDLE_MS = 15_000;

/** The SMS of a day, failed ones first. */
export class SmsDay extends Page {
  #date = h("input", { type: "date", "aria-label": words("day"), value: this.days.today(), max: this.days.today(), required: true });
  #figures = el("div.stack");
  #place = el("div.stack", loading(6));
  #more = h("button.button", { hidden: true, onclick: () => void this.#read(() => this.#pager.more()) }, words("more"));
  /** @type {SmsStatus | ""} */
  #status = "";
  /** @type {Sms[]} */
  #attention = [];
  /** @type {SmsStats | undefined} */
  #stats;
  /** @type {Pager<Sms>} */
  #pager = new Pager(
    (page, signal) => this.context.api.get("/v1/notifications", { query: { ...page, date: this.#date.value, status: this.#status }, signal }),
    this.context.signal,
  );
  /** Until when a change is expected, as `performance.now()`. */
  #expectedUntil = 0;
  #again = whileVisible(async () => {
    await this.#refresh();
    return this.#pause;
  }, this.context.signal);

  async open() {
    const { main, listen } = this.context;
    const step = (/** @type {number} */ by, /** @type {"before" | "after"} */ word) =>
      h("button.button.square", { "aria-label": words(word), onclick: () => this.#showDay(dayAfter(this.#date.value, by)) }, by < 0 ? "‹" : "›");
    fill(main, el("div.stack", el("div.row.tight.day-bar", step(-1, "before"), el("div.field", this.#date), step(1, "after")), this.#figures, this.#place, this.#more));
    this.#date.addEventListener("change", () => this.#date.value && this.#showDay(this.#date.value));
    /** @param {string} cause @param {number} after */
    const lookFor = (cause, after) => (/** @type {{type: string}} */ { type }) => {
      if (type !== cause) return;
      this.#expectedUntil = performance.now() + EXPECTED_MS;
      this.#again(after);
    };
    // Before the first request, so that no event during it is missed.
    listen("orders", { onEvent: lookFor("order_status_changed", AFTER_STEP_MS) });
    listen("customers", { onEvent: lookFor("text_changed", 0) });
    await this.#read(() => this.#pager.load());
    this.#again(this.#pause);
  }

  /** Milliseconds to the next look. */
  get #pause() {
    const waiting = this.#stats && this.#stats.queued + this.#stats.sending > 0;
    return performance.now() < this.#expectedUntil || waiting ? WAITING_MS : IDLE_MS;
  }

  /** @param {string} day */
  #showDay(day) {
    this.#date.value = day > this.days.today() ? this.days.today() : day;
    fill(this.#place, loading(6));
    void this.#read(() => this.#pager.load());
  }

  /** @param {() => Promise<boolean>} ask */
  async #read(ask) {
    try {
      await this.#refresh(ask);
    } catch (error) {
      if (this.context.signal.aborted) return;
      if (/** @type {{code?: string}} */ (error).code === "texts_deleted") fill(this.#place, blank({ icon: "message", title: words("deleted"), text: words("deletedText") }));
      else if (this.#place.querySelector(".sms-row")) complain(error);
      else fill(this.#place, failed(error, () => this.#showDay(this.#date.value)));
    }
  }

  /** @param {() => Promise<boolean>} [ask] as much as is shown, without */
  async #refresh(ask = () => this.#pager.load({ shown: true })) {
    const { api, signal } = this.context;
    const day = this.#date.value;
    const [found, counted, ...urgent] = await Promise.all([
      ask(),
      api.get("/v1/notifications/stats", { query: { date: day }, signal }),
      ...ATTENTION.map((each) => api.get("/v1/notifications", { query: { date: day, status: each, limit: 100 }, signal })),
    ]);
    if (!found || day !== this.#date.value) return;
    this.#stats = counted;
    this.#attention = urgent.flatMap(({ items }) => items);
    this.draw();
  }

  drawNow() {
    if (!this.#stats) return;
    this.#drawFigures(this.#stats);
    this.#more.hidden = !this.#pager.hasMore;
    keepFocus(this.#place, "sms", () => this.#drawRows());
  }

  #drawRows() {
    const rest = this.#status ? this.#pager.rows : this.#pager.rows.filter(({ id }) => !this.#attention.some((each) => each.id === id));
    if (this.#stats?.total === 0) fill(this.#place, blank({ icon: "message", title: words("none"), text: words("noneText") }));
    else if (this.#status) fill(this.#place, rest.length ? this.#list(rest) : blank({ icon: "message", title: words("noneOf") }));
    else
      fill(
        this.#place,
        this.#attention.length > 0 && el("section.stack", el("h2", words("attention"), " ", el("span.badge.red", this.#attention.length)), this.#list(this.#attention)),
        rest.length > 0 && el("section.stack", this.#attention.length > 0 && el("h2", words("rest")), this.#list(rest)),
      );
  }

  /** @param {SmsStats} of */
  #drawFigures(of) {
    const there = STATUSES.filter((each) => of[each] > 0 || each === this.#status);
    const results = listed(there.map((each) => `${smsStatus(each)} ${of[each]}`));
    const chip = (/** @type {SmsStatus | ""} */ each, /** @type {string} */ text, /** @type {number} */ count) =>
      h("button.chip", { "aria-pressed": String(this.#status === each), onclick: () => this.#choose(each) }, each && h("span", { class: `swatch ${HUES[each]}` }), text, el("span.number", count));
    fill(
      this.#figures,
      of.total > 0 && shareBar(there.map((each) => ({ hue: HUES[each], value: of[each] })), words("outcome", { results })),
      h("div.row.tight", { role: "group", "aria-label": words("statuses") }, chip("", words("all"), of.total), there.map((each) => chip(each, smsStatus(each), of[each]))),
      of.total > 0 &&
        el(
          "p.small.soft.number",
          [
            of.success_rate !== null && words("success", { rate: new Intl.NumberFormat(language(), { style: "percent", maximumFractionDigits: 1 }).format(of.success_rate) }),
            words("segments", { count: of.segments }),
            of.cost !== null && words("cost", { amount: this.format.money(of.cost) }),
          ]
            .filter(Boolean)
            .join(" · "),
        ),
    );
  }

  /** @param {SmsStatus | ""} next */
  #choose(next) {
    this.#status = next;
    this.#showDay(this.#date.value);
  }

  /** @param {readonly Sms[]} rows */
  #list(rows) {
    return el("ul.sms-list", rows.map((each) => this.#row(each)));
  }

  /** @param {Sms} sms */
  #row({ id, order_id, order_number, template, recipient, content, status: state, error, may_have_arrived, attempts, created_at }) {
    const name = orderStatusName(template);
    return h(
      "li.card.sms-row",
      { dataset: { sms: id } },
      el(
        "div.row.tight",
        h("span", { class: `badge ${HUES[state]}` }, smsStatus(state)),
        el("strong", words("about", { status: name })),
        el("span.number", recipient ? phoneText(recipient) : words("noNumber")),
        h("time.small.soft.number", { datetime: created_at }, this.format.clock(created_at)),
        el("span.grow"),
        h("a.small.number", { href: `#orders/${order_id}` }, order_number ?? order_id),
      ),
      content && h("p.small.soft.clamped", { dir: "auto" }, content),
      (error || may_have_arrived || attempts > 1) &&
        el(
          "p.small",
          [error && why(error), may_have_arrived && state !== "delivered" && words("mayHaveArrived"), attempts > 1 && words("attempts", { count: attempts })].filter(Boolean).join(" · "),
        ),
      AGAIN.has(state) && h("button.button", { onclick: (/** @type {Event} */ event) => void this.#resend(id, event) }, icon("refresh"), words("resend")),
    );
  }

  /** @param {string} id @param {Event} event */
  async #resend(id, event) {
    const { api, signal } = this.context;
    try {
      await whileBusy(event.currentTarget, () => api.post(`/v1/notifications/${encodeURIComponent(id)}/resend`, undefined, { signal }));
      notify(words("resent"));
    } catch (error) {
      const reason = error instanceof ApiError && error.code === "cannot_be_sent" ? error.problem.reason : undefined;
      if (isReason(reason)) notify(why(reason), { wrong: true });
      else complain(error);
    }
    this.#again(0);
  }
}
