import { el, h } from "../shared/dom.js";
import { dictionary } from "../shared/i18n.js";
import { icon } from "../shared/icons.js";
import { HUES, statusName } from "./order-steps.js";
import texts from "../texts/office/delivery-attempts.json" with { type: "json" };

/** @import { Attempt, Proof } from "./types.js" */

const words = dictionary(texts);

/**
 * How an order's attempts went, and what proves that it has arrived: for questions on the telephone.
 *
 * @param {readonly Attempt[]} attempts
 * @param {Pick<import("./order-card.js").OfficeContext, "drivers" | "format">} context
 */
export function attemptList(attempts, { drivers, format }) {
  if (!attempts.length) return null;
  return el("section.stack", el("h3", words("title")), el("ol.history", attempts.map(attemptRow)));

  /** @param {Attempt} attempt */
  function attemptRow({ id, driver_id: driver, started_at, finished_at, outcome, failure_reason: reason, cylinders_out: out, empties_back: back, proof }) {
    const at = finished_at ?? started_at;
    return h(
      "li",
      { dataset: { attempt: id } },
      h("span", { class: `badge ${HUES[outcome]}` }, statusName(outcome)),
      h("time.small.soft.number", { datetime: at }, `${format.day(at)} ${format.clock(at)}`),
      driver && h("span.small.soft", { dir: "auto" }, drivers.name(driver)),
      reason && h("span.small", { dir: "auto" }, reason),
      outcome === "delivered" && el("span.small", proof ? proofText(proof) : words("none")),
      proof?.picture_url && h("a.button", { href: proof.picture_url, target: "_blank", rel: "noopener noreferrer" }, icon("eye"), words("look", { what: words(proof.confirmation_type) })),
      out + back > 0 && el("span.small.soft", words("cylinders", { out, back })),
    );
  }
}

/** @param {Proof} proof */
function proofText({ confirmation_type, cylinder_serial: serial, verified }) {
  return [words(confirmation_type), serial && words("serial", { serial }), !verified && words("unverified")].filter(Boolean).join(" · ");
}
