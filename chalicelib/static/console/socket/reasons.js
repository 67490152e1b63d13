import { ApiError, call } from "../shared/http.js";
import { dictionary } from "../shared/i18n.js";
import texts from "../texts/socket/reasons.json" with { type: "json" };

/** The roles of each `client`, as `$connect` checks them. @type {Readonly<Record<string, readonly string[]>>} */
const CLIENTS = { office: ["admin", "office_staff"], driver: ["driver"], customer: ["customer"] };

/** Codes of `closing`, and of tokens that are refused. */
const codes = dictionary(texts.codes);

/** Close codes of RFC 6455 that are seen here. */
const closes = dictionary(texts.closes);

/** @param {number} code @returns {string} empty for a code without a text */
export function closeText(code) {
  const key = String(code);
  return closes.has(key) ? closes(key) : "";
}

/** @param {string} code @param {Record<string, string | number>} [values] @returns {string} the code itself where it has no text */
export function codeText(code, values) {
  return codes.has(code) ? codes(code, values) : code;
}

/**
 * Why a handshake was refused, as far as it can be found out: browsers do not show its status, so the REST API is
 * asked about the same token.
 *
 * @param {{api: string, token: string, client: string, role: string | undefined}} tried role: as the token says
 * @returns {Promise<{code: string, values?: Record<string, string | number>}>} for `codeText`
 */
export async function whyRefused({ api, token, client, role = "" }) {
  if (token === "") return { code: "no_token" };
  try {
    await call(`${api}/v1/auth/me`, { method: "GET", token });
  } catch (error) {
    const { code, status } = error instanceof ApiError ? error : { code: "unknown", status: 0 };
    // Guests' tokens do not open this endpoint.
    if (code !== "forbidden") return codes.has(code) ? { code } : { code: "other", values: { status, code } };
  }
  return client && !CLIENTS[client]?.includes(role) ? { code: "wrong_client", values: { client, role } } : { code: "unexplained" };
}
