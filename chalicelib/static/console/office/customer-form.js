import { ApiError } from "../shared/api.js";
import { dialog } from "../shared/dialogs.js";
import { h } from "../shared/dom.js";
import { formDialog } from "../shared/form-dialog.js";
import { field } from "../shared/forms.js";
import { notify } from "../shared/notices.js";
import { words as shared } from "../shared/words.js";
import { words } from "./customer-words.js";
import { phoneText } from "../shared/phones.js";
import { versionedForm } from "./versioned-form.js";

/** @import { Customer } from "./types.js" */

const LATITUDE = "location.latitude";
const LONGITUDE = "location.longitude";

/**
 * A new customer, or one that is edited.
 *
 * @param {import("../shared/api.js").Api} api
 * @param {Customer | undefined} customer
 * @param {(customer: Customer) => void} put receives what was saved, and what another user changed meanwhile
 */
export async function editCustomer(api, customer, put) {
  if (!customer) return add(api, put);
  await dialog(words("editTitle"), (/** @type {() => void} */ close) => [changing(api, customer, put, close)]);
}

/** @param {import("../shared/api.js").Api} api @param {(customer: Customer) => void} put */
async function add(api, put) {
  const fields = fieldsOf({ isNew: true });
  const send = async () => {
    const filled = fields.map(({ control, value = trimmed }) => [control.name, value(control.value)]).filter(([, value]) => value !== null && value !== "");
    return api.post("/v1/customers", placed(Object.fromEntries(filled), fields));
  };
  const made = await formDialog(words("add"), words("add"), send, fields.map(({ label, control, hint }) => field(label, control, { hint })));
  if (!made) return;
  notify(words("added", { name: made.name }));
  put(made);
}

/**
 * @param {import("../shared/api.js").Api} api
 * @param {Customer} customer
 * @param {(customer: Customer) => void} put
 * @param {() => void} close
 */
function changing(api, customer, put, close) {
  const path = `/v1/customers/${customer.id}`;
  const fields = fieldsOf({ isNew: false });
  return versionedForm(shared("save"), customer, fields, {
    save: async (changes) => {
      put(await api.patch(path, placed(changes, fields)));
      notify(words("saved"));
      close();
    },
    reload: async () => {
      const newest = await api.get(path);
      put(newest);
      return newest;
    },
  });
}

/** @param {{isNew: boolean}} what @returns {import("./edited-fields.js").EditedField<Customer>[]} */
function fieldsOf({ isNew }) {
  const language = h(
    "select",
    { name: "language" },
    h("option", { value: "" }, words("tenants")),
    h("option", { value: "zh-TW" }, words("chinese")),
    h("option", { value: "en" }, words("english")),
  );
  const degrees = (/** @type {string} */ name, /** @type {number} */ most) => h("input", { name, type: "number", step: "any", min: -most, max: most, autocomplete: "off" });
  /** @type {import("./edited-fields.js").EditedField<Customer>[]} */
  const fields = [
    { label: words("name"), control: h("input", { name: "name", required: true, maxlength: 100, autocomplete: "off" }), text: ({ name }) => name },
    { label: words("phone"), control: h("input", { name: "phone", type: "tel", maxlength: 100, autocomplete: "off" }), text: ({ phone }) => phoneText(phone), hint: words("phoneHint") },
    { label: words("address"), control: h("input", { name: "address", maxlength: 300, autocomplete: "off" }), text: ({ address }) => address ?? "", ...(!isNew && { hint: words("addressHint") }) },
    { label: words("latitude"), control: degrees(LATITUDE, 90), text: ({ location }) => String(location?.latitude ?? ""), hint: words("coordinatesHint") },
    { label: words("longitude"), control: degrees(LONGITUDE, 180), text: ({ location }) => String(location?.longitude ?? "") },
    { label: words("notes"), control: h("textarea", { name: "notes", rows: 3, maxlength: 2000 }), text: ({ notes }) => notes ?? "", value: trimmed },
    { label: words("language"), control: language, text: ({ language: chosen }) => chosen ?? "" },
  ];
  if (!isNew)
    fields.push({
      label: words("cylindersOut"),
      control: h("input", { name: "cylinders_out", type: "number", min: 0, max: 10_000, required: true }),
      text: ({ cylinders_out }) => String(cylinders_out),
      value: Number,
    });
  return fields;
}

/** @param {string} text */
function trimmed(text) {
  return text.trim();
}

/**
 * A place is one thing in the API, and two fields here.
 *
 * @param {Record<string, unknown>} values
 * @param {readonly import("./edited-fields.js").EditedField<Customer>[]} fields
 */
function placed({ [LATITUDE]: latitude, [LONGITUDE]: longitude, ...values }, fields) {
  if (latitude === undefined && longitude === undefined) return values;
  const [lat = "", lon = ""] = [LATITUDE, LONGITUDE].map((name) => fields.find(({ control }) => control.name === name)?.control.value.trim());
  if (Boolean(lat) !== Boolean(lon)) {
    const name = lat ? LONGITUDE : LATITUDE;
    throw new ApiError(422, { code: "half_a_place", errors: [{ field: name, message: "" }] });
  }
  return { ...values, location: lat ? { latitude: Number(lat), longitude: Number(lon) } : null };
}
