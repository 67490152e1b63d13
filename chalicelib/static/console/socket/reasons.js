import { ApiError, call } from "../shared/http.js";
import { dictionary } from "../shared/i18n.js";

/** Whose `client` is whose, as `$connect` knows it. @type {Readonly<Record<string, readonly string[]>>} */
const CLIENTS = { office: ["admin", "office_staff"], driver: ["driver"], customer: ["customer"] };

/** Codes of `closing`, and of tokens that are refused. */
const codes = dictionary(
  {
    no_token: "沒有權杖：握手會得到 401。",
    wrong_client: "client={client} 不適用於身分 {role}：握手會得到 403。",
    invalid_token: "權杖無效：握手會得到 401。",
    token_expired: "權杖已過期（401）。請換發新的權杖，再重新連線。",
    token_outdated: "簽發之後使用者的資料有變動（401）。請換發權杖。",
    session_revoked: "登入已失效，可能已登出或變更密碼（401）。請重新登入。",
    tenant_suspended: "店家已停用（403）。",
    user_suspended: "帳號已停用（403）。",
    table_suspended: "這張桌子已停用（403）。",
    qr_expired: "桌子換了新的 QR 碼（401）。",
    network: "REST API 也無法連線：可能是網路或伺服器的問題。",
    unexplained: "REST API 接受這個權杖，所以原因在別處：例如網路、代理伺服器，或伺服器暫時沒有回應。",
    other: "REST API 的回答：{status} {code}。",
    too_many_connections: "這個使用者開了第六條連線，最舊的這條被關閉。",
    too_many_refusals: "一分鐘內有 100 則訊息傳送太快，因此被關閉。",
    idle: "60 秒內沒有收到任何訊息，因此被關閉。",
  },
  {
    no_token: "There is no token: the handshake gets 401.",
    wrong_client: "client={client} does not fit the role {role}: the handshake gets 403.",
    invalid_token: "The token is not valid: the handshake gets 401.",
    token_expired: "The token has expired (401). Renew it and connect again.",
    token_outdated: "The user has changed since the token was made (401). Renew it.",
    session_revoked: "The session has ended: signed out, or a new password (401). Sign in again.",
    tenant_suspended: "The business is suspended (403).",
    user_suspended: "The account is suspended (403).",
    table_suspended: "The table is suspended (403).",
    qr_expired: "The table has a new QR code (401).",
    network: "The REST API cannot be reached either: the network, or the server.",
    unexplained: "The REST API takes this token, so the reason lies elsewhere: the network, a proxy, or a server that did not answer.",
    other: "The REST API answers {status} {code}.",
    too_many_connections: "The user opened a sixth connection, and this was the oldest.",
    too_many_refusals: "100 messages within a minute came too fast, so it was closed.",
    idle: "Nothing was said for 60 seconds.",
  },
);

/** Close codes of RFC 6455 that are seen here. */
const closes = dictionary(
  {
    1000: "正常關閉",
    1001: "伺服器離開：閒置太久、連線滿兩小時，或正在重新啟動",
    1005: "對方關閉時沒有給代碼",
    1006: "連線中斷，沒有關閉訊框",
    1009: "訊息或訊框太大（單一訊框上限 32 KB）",
    1011: "伺服器發生錯誤",
    1012: "伺服器重新啟動",
  },
  {
    1000: "closed normally",
    1001: "the server goes away: idle for too long, two hours old, or restarting",
    1005: "closed without a code",
    1006: "cut off, without a close frame",
    1009: "a message or a frame too large (32 KB a frame)",
    1011: "the server failed",
    1012: "the server restarts",
  },
);

/** @param {number} code @returns {string} empty for one that says nothing */
export function closeText(code) {
  const key = String(code);
  return closes.has(key) ? closes(key) : "";
}

/** @param {string} code @param {Record<string, string | number>} [values] @returns {string} the code itself where it says enough */
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
