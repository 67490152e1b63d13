import { now } from "../shared/clock.js";
import { dialog } from "../shared/dialogs.js";
import { fill, h } from "../shared/dom.js";
import { field, form } from "../shared/forms.js";
import { dictionary } from "../shared/i18n.js";
import { notify } from "../shared/notices.js";
import { proof } from "./proofs.js";

const words = dictionary(
  {
    title: "確認送達",
    how: "簽收方式",
    pin: "PIN",
    qr_code: "QR 碼",
    signature: "簽名",
    photo: "照片",
    empties: "收回空桶",
    fewer: "少一個",
    more: "多一個",
    serial: "鋼瓶編號",
    serialHint: "選填",
    confirm: "確認送達",
    collect: "請收款 {amount}",
    cash: "現金",
    done: "{name} 已確認送達。",
    kept: "沒有網路：已存在手機，恢復連線後自動送出，不必再按。",
    unanswered: "尚未送出，系統暫時沒有回應：已存在手機，會自動再送，不必再按。",
    failedTitle: "無法送達",
    reason: "原因",
    absent: "無人在家",
    unreachable: "電話聯絡不上",
    address: "地址有誤",
    refused: "客戶拒收",
    other: "其他",
    more_about: "補充說明",
    fail: "回報無法送達",
    failed: "已回報：{name} 無法送達。",
  },
  {
    title: "Confirm the delivery",
    how: "Proof",
    pin: "PIN",
    qr_code: "QR code",
    signature: "Signature",
    photo: "Photo",
    empties: "Empties taken back",
    fewer: "One fewer",
    more: "One more",
    serial: "Cylinder's number",
    serialHint: "If you like",
    confirm: "Confirm the delivery",
    collect: "Collect {amount}",
    cash: "in cash",
    done: "Delivered to {name}.",
    kept: "No network: it is kept on this phone and sent by itself. No need to do it again.",
    unanswered: "Not sent yet, the system does not answer at the moment: it is kept on this phone and sent by itself. No need to do it again.",
    failedTitle: "Cannot be delivered",
    reason: "Reason",
    absent: "Nobody at home",
    unreachable: "Nobody answers the telephone",
    address: "The address is wrong",
    refused: "The customer does not take it",
    other: "Something else",
    more_about: "More about it",
    fail: "Report it",
    failed: "Reported: {name} could not be delivered.",
  },
);

const KINDS = /** @type {const} */ (["pin", "qr_code", "signature", "photo"]);
const REASONS = /** @type {const} */ (["absent", "unreachable", "address", "refused", "other"]);

/** @typedef {import("./day.js").Order} Order */

/**
 * Asks for the proof and confirms the delivery.
 *
 * @param {Order} order
 * @param {import("./outbox.js").Outbox} outbox
 * @param {(amount: string) => string} money
 */
export function confirmDelivery(order, outbox, money) {
  const place = h("div", {});
  const gone = new AbortController();
  /** @type {AbortController} */
  let shown = new AbortController();
  /** @type {import("./proofs.js").Proof} */
  let asked;
  /** @type {import("./proofs.js").Kind} */
  let kind = "pin";
  /** @param {import("./proofs.js").Kind} next */
  function choose(next) {
    shown.abort();
    shown = new AbortController();
    kind = next;
    asked = proof(next, shown.signal);
    fill(place, asked.element);
  }
  choose("pin");
  const due = order.payment_status === "pending" && h(
    "p",
    { class: "notice amber" },
    h("strong", {}, words("collect", { amount: money(order.total_price) })),
    order.payment_method === "cash" && words("cash"),
  );
  const closed = dialog(
    words("title"),
    (close) => [
      h("p", { class: "soft" }, order.customer_name, " · ", order.order_number),
      due,
      form(
        { submit: words("confirm"), class: "stack thumb" },
        async ({ empties_back: empties = "", cylinder_serial: serial = "" }) => {
          const { body, picture } = await asked.take();
          const how = await outbox.send({
            kind: "confirm",
            subject: order.id,
            label: order.customer_name ?? order.order_number,
            path: `/v1/deliveries/${order.id}/confirm`,
            body: {
              confirmation_type: kind,
              ...body,
              ...(Number(empties) > 0 && { empties_back: Number(empties) }),
              ...(serial.trim() && { cylinder_serial: serial.trim() }),
              confirmed_at: new Date(now()).toISOString(),
            },
            ...(picture && { picture }),
          }, { signal: gone.signal });
          close();
          notifyOutcome(outbox, how, words("done", { name: order.customer_name ?? order.order_number }));
        },
        h(
          "fieldset",
          { class: "proof-kinds" },
          h("legend", { class: "unseen" }, words("how")),
          KINDS.map((each) => h("label", {}, h("input", { type: "radio", name: "kind", checked: each === kind, onchange: () => choose(each) }), h("span", {}, words(each)))),
        ),
        place,
        stepper(),
        field(words("serial"), h("input", { name: "cylinder_serial", autocomplete: "off", maxlength: 100 }), { hint: words("serialHint") }),
      ),
    ],
    { class: "sheet" },
  );
  void closed.then(() => {
    shown.abort();
    gone.abort();
  });
  return closed;
}

/** How many, by thumb. */
function stepper() {
  const control = h("input", { name: "empties_back", type: "number", inputmode: "numeric", min: 0, max: 200, value: "0" });
  /** @param {number} by */
  const step = (by) => (control.value = String(Math.max(0, Math.min(200, Number(control.value) + by))));
  h(
    "div",
    { class: "stepper" },
    h("button", { type: "button", class: "button square", "aria-label": words("fewer"), onclick: () => step(-1) }, "−"),
    control,
    h("button", { type: "button", class: "button square", "aria-label": words("more"), onclick: () => step(1) }, "+"),
  );
  return field(words("empties"), control);
}

/**
 * Asks why it cannot be delivered.
 *
 * @param {Order} order
 * @param {import("./outbox.js").Outbox} outbox
 */
export function reportFailure(order, outbox) {
  const name = order.customer_name ?? order.order_number;
  const more = h("textarea", { name: "more", rows: 2, maxlength: 300 });
  const gone = new AbortController();
  const closed = dialog(
    words("failedTitle"),
    (close) => [
      h("p", { class: "soft" }, name, " · ", order.order_number),
      form(
        { submit: words("fail"), class: "stack thumb" },
        async ({ reason = "absent", more: about = "" }) => {
          const reasonText = words(/** @type {typeof REASONS[number]} */ (reason));
          const how = await outbox.send({
            kind: "step",
            subject: order.id,
            label: name,
            path: `/v1/orders/${order.id}/status`,
            body: { status: "failed", reason: [reasonText, about.trim()].filter(Boolean).join("：") },
          }, { signal: gone.signal });
          close();
          notifyOutcome(outbox, how, words("failed", { name }));
        },
        h(
          "fieldset",
          { class: "reasons" },
          h("legend", { class: "unseen" }, words("reason")),
          REASONS.map((each, n) => h("label", {}, h("input", { type: "radio", name: "reason", value: each, checked: n === 0 }), h("span", {}, words(each)))),
        ),
        field(words("more_about"), more),
      ),
    ],
    { class: "sheet" },
  );
  void closed.then(() => gone.abort());
  return closed;
}

/**
 * Says what became of what was done.
 *
 * @param {import("./outbox.js").Outbox} outbox
 * @param {"sent" | "waiting"} how
 * @param {string} done
 */
export function notifyOutcome(outbox, how, done) {
  notify(how === "sent" ? done : words(outbox.answered ? "unanswered" : "kept"));
}
