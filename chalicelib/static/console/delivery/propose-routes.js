import { now } from "../shared/clock.js";
import { el, h } from "../shared/dom.js";
import { formDialog } from "../shared/form-dialog.js";
import { field } from "../shared/forms.js";
import { dictionary } from "../shared/i18n.js";
import { icon } from "../shared/icons.js";
import { browserStorage, storedSetting } from "../shared/storage.js";
import { notify } from "../shared/notices.js";
import { instant, today } from "../shared/dates.js";
import { placeOf } from "./places.js";
import texts from "../texts/delivery/propose-routes.json" with { type: "json" };

const words = dictionary(texts);

const DEFAULTS = { leave: "08:00", back: "18:00", minutes: 5 };
const QUARTER_MS = 15 * 60_000;

/** @import { Place, Proposal } from "./types.js" */

/**
 * Asks for depot and vehicles, and requests a proposal of routes.
 *
 * @param {{
 *   api: import("../shared/api.js").Api, me: import("../shared/session.js").Me, date: string, orderIds: string[] | undefined,
 *   count: number, drivers: readonly import("./types.js").Driver[], depot: Place | null | undefined,
 * }} what orderIds: which orders, all that wait without. depot: where there is none from before
 * @returns {Promise<Proposal | undefined>} undefined where it was closed
 */
export function propose({ api, me, date, orderIds, count, drivers, depot }) {
  const { time_zone: zone, id } = me.tenant;
  const remembered = storedSetting(browserStorage, `depot.${id}`);
  const place = depotInput(remembered.get() ?? (depot ? `${depot.latitude}, ${depot.longitude}` : ""));
  const active = drivers.filter(({ status }) => status === "active");
  const boxes = active.map(({ id: driver, name }) => h("input", { type: "checkbox", value: driver, checked: true, "aria-label": name }));
  const others = h("input", { name: "others", type: "number", min: 0, max: 20, value: active.length ? "0" : "1", required: true });
  const number = (/** @type {string} */ name, /** @type {Record<string, any>} */ props) => h("input", { name, type: "number", inputmode: "decimal", ...props });

  /** @param {Record<string, string>} values */
  const send = async (values) => {
    const at = placeOf(values.depot ?? "");
    if (!at) return false;
    const start_at = instant(date, values.leave || DEFAULTS.leave, zone);
    const end_at = values.back ? instant(date, values.back, zone) : "";
    const shift = { start_at, ...(end_at > start_at && { end_at }), ...(values.capacity && { capacity: values.capacity }) };
    const vehicles = [
      ...boxes.filter(({ checked }) => checked).map(({ value }) => ({ driver_id: value, ...shift })),
      ...Array.from({ length: Number(values.others) || 0 }, () => shift),
    ];
    if (!vehicles.length) {
      notify(words("none"), { wrong: true });
      return false;
    }
    remembered.set(`${at.latitude}, ${at.longitude}`);
    const body = { date, depot: at, vehicles, service_minutes: Number(values.minutes) || 0, ...(orderIds && { order_ids: orderIds }) };
    return api.post("/v1/routes/optimize", body);
  };
  return formDialog(
    words("title"),
    words("propose"),
    send,
    el("p.soft", words("about", { count })),
    field(words("depot"), place, { hint: words("depotHint") }),
    active.length > 0 &&
      el("fieldset.checks", el("legend", words("drivers")), boxes.map((box, n) => el("label", box, el("span", active[n]?.name)))),
    el(
      "div.halves",
      field(words("leave"), h("input", { name: "leave", type: "time", required: true, value: beginning(date, zone) })),
      field(words("back"), h("input", { name: "back", type: "time", value: beginning(date, zone) < DEFAULTS.back ? DEFAULTS.back : "" })),
      field(words("capacity"), number("capacity", { min: 1, step: "any" }), { hint: words("capacityHint") }),
      field(words("minutes"), number("minutes", { min: 0, max: 240, value: String(DEFAULTS.minutes), required: true })),
    ),
    field(words("others"), others),
  );
}

/** Where routes begin and end: coordinates, or where this device is. @param {string} value */
function depotInput(value) {
  const place = h("input", { name: "depot", required: true, inputmode: "decimal", autocomplete: "off", value });
  const locate = () =>
    navigator.geolocation.getCurrentPosition(
      ({ coords: { latitude, longitude } }) => {
        place.value = `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
        place.setCustomValidity("");
      },
      () => notify(words("nowhere"), { wrong: true }),
    );
  el("div.with-button", place, h("button.button.plain.square", { type: "button", "aria-label": words("here"), title: words("here"), onclick: locate }, icon("locate")));
  place.addEventListener("input", () => place.setCustomValidity(placeOf(place.value) ? "" : words("depotWrong")));
  return place;
}

/** When the first could leave: in the morning, or now. @param {string} date @param {string} zone */
function beginning(date, zone) {
  if (date !== today(zone)) return DEFAULTS.leave;
  const soon = new Date(Math.ceil(now() / QUARTER_MS) * QUARTER_MS);
  const clock = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, hour: "2-digit", minute: "2-digit" }).format(soon);
  return today(zone, soon) === date && clock > DEFAULTS.leave ? clock : DEFAULTS.leave;
}
