/**
 * What a client may be, in words for people, and what it does when the server ends a connection.
 *
 * @typedef {"idle" | "connecting" | "live" | "polling" | "offline" | "signed_out" | "closed"} State
 *   idle: not started, or stopped. connecting: on the way, or catching up; `loading` for a reason: connected, but a list
 *   could not be loaded, or takes long. live: everything that happens is shown.
 *   polling: no WebSocket opens or stays open; events are fetched over HTTPS, a few seconds late and without positions.
 *   It tries the WebSocket again by itself.
 *   offline: what is shown may be old; tries again by itself. signed_out: waits for a new sign-in and `start()`.
 *   closed: the server refused the connection with a code; `start()` tries again. With `too_many_connections` it also
 *   tries again by itself when the user looks at the page.
 * @typedef {"again" | "renew" | "sign_in" | "yield" | "stop"} Next
 *   yield: other connections of the user come first; it tries again when the user looks at the page, or once much later.
 */

/** @type {Readonly<Record<"zh-TW" | "en", Readonly<Record<State, string>>>>} */
export const STATE_TEXTS = {
  "zh-TW": {
    idle: "尚未連線",
    connecting: "連線中…",
    live: "即時更新中",
    polling: "每幾秒更新",
    offline: "連線已斷開",
    signed_out: "請重新登入",
    closed: "連線已結束",
  },
  en: {
    idle: "Not connected",
    connecting: "Connecting…",
    live: "Live",
    polling: "Updating every few seconds",
    offline: "Connection lost",
    signed_out: "Please sign in again",
    closed: "Connection ended",
  },
};

/** @type {Readonly<Record<"zh-TW" | "en", Readonly<Record<string, string>>>>} Words that say more than the state's. */
export const REASON_TEXTS = {
  "zh-TW": { loading: "資料載入中…" },
  en: { loading: "Loading data…" },
};

/** @type {Readonly<Record<string, Next>>} By the code that the server gives; any other: again. */
const AFTER = {
  idle: "again",
  token_expired: "renew",
  token_outdated: "renew",
  invalid_token: "renew",
  session_revoked: "sign_in",
  qr_expired: "sign_in",
  // Two windows that push each other out at once would never end.
  too_many_connections: "yield",
  tenant_suspended: "stop",
  user_suspended: "stop",
  table_suspended: "stop",
};

/**
 * @param {string | undefined} code of `closing`, or of a refusal
 * @returns {Next}
 */
export function after(code) {
  return AFTER[code ?? ""] ?? "again";
}
