/**
 * The messages of a client (docs/protocol.md, "Client messages"), with examples from the received frames.
 *
 * @typedef {{order: string, customer: string, channel: string, own: string, now: string}} Seen order, customer: ids; the documents' own before there is one. own: the user's channel
 * @typedef {{
 *   name: string,
 *   isNumber?: boolean,
 *   choices?: readonly string[],
 *   needed?: boolean,
 *   example?: (seen: Seen) => string,
 * }} Field needed: others are left out where they are empty
 * @typedef {Record<string, string>} Values as they stand in the form
 */

/** Ids of docs/protocol.md: examples. */
export const NOTHING_SEEN = { order: "01KAN3V6Q8ZJ5W2T7R9XB4C1DM", customer: "", channel: "orders", own: "user:01KAMZ2J6N8Q0S2U4W6Y8A0C2E" };

/** Stands for the token of this page, so that no text shows it; replaced when the text is sent. */
export const TOKEN_PLACE = "{{token}}";

/** @type {Field} */
const ORDER_ID = { name: "order_id", needed: true, example: ({ order }) => order };

/** @type {Readonly<Record<string, readonly Field[]>>} */
export const MESSAGES = {
  heartbeat: [],
  ping: [],
  subscribe: [
    { name: "channel", needed: true, example: ({ channel }) => channel },
    { name: "since", isNumber: true },
    { name: "epoch" },
  ],
  unsubscribe: [{ name: "channel", needed: true, example: ({ channel }) => channel }],
  seen: [
    { name: "channel", needed: true, example: ({ own }) => own },
    { name: "cursor", isNumber: true, needed: true, example: () => "0" },
    { name: "epoch" },
  ],
  order_update: [
    ORDER_ID,
    { name: "status", needed: true, example: () => "confirmed" },
    { name: "details", example: () => "測試頁送出" },
  ],
  "delivery.confirmed": [
    ORDER_ID,
    { name: "customer_id", example: ({ customer }) => customer },
    { name: "confirmed_at", needed: true, example: ({ now }) => now },
    { name: "confirmation_type", needed: true, choices: ["pin", "qr_code", "signature", "photo"] },
    { name: "pin", example: () => "384019" },
    { name: "qr" },
    { name: "upload_key" },
    { name: "cylinder_serial", example: () => "TW-20-118842" },
    { name: "empties_back", isNumber: true, example: () => "1" },
  ],
  location_update: [
    { name: "latitude", isNumber: true, needed: true, example: () => "25.0331" },
    { name: "longitude", isNumber: true, needed: true, example: () => "121.5434" },
    { name: "speed", isNumber: true, example: () => "8.3" },
    { name: "heading", isNumber: true, example: () => "270" },
    { name: "accuracy", isNumber: true },
    { name: "timestamp" },
  ],
  authenticate: [{ name: "token", needed: true, example: () => TOKEN_PLACE }],
};

/** A form's initial values. @param {string} type @param {Seen} seen @returns {Values} */
export function examples(type, seen) {
  return Object.fromEntries(MESSAGES[type].map(({ name, choices, example }) => [name, example?.(seen) ?? choices?.[0] ?? ""]));
}

/**
 * The message that a form makes. What is no number where one belongs goes as it is, to see it refused.
 *
 * @param {string} type
 * @param {Values} values
 * @param {number | undefined} ref
 */
export function message(type, values, ref) {
  /** @type {Record<string, unknown>} */
  const made = { type };
  for (const { name, isNumber, needed } of MESSAGES[type]) {
    const value = values[name] ?? "";
    if (value === "" && !needed) continue;
    const number = Number(value);
    made[name] = isNumber && value.trim() !== "" && Number.isFinite(number) ? number : value;
  }
  if (ref !== undefined) made.ref = ref;
  return made;
}

/** A text with another `ref` in the place of its own, whether or not it is JSON. @param {string} text @param {number} ref */
export function withRef(text, ref) {
  return text.replace(/("ref"\s*:\s*)\d+/, `$1${ref}`);
}
