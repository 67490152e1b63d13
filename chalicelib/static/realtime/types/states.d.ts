/**
 * @param {string | undefined} code of `closing`, or of a refusal
 * @returns {Next}
 */
export function after(code: string | undefined): Next;
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
export const STATE_TEXTS: Readonly<Record<"zh-TW" | "en", Readonly<Record<State, string>>>>;
/** @type {Readonly<Record<"zh-TW" | "en", Readonly<Record<string, string>>>>} Words that say more than the state's. */
export const REASON_TEXTS: Readonly<Record<"zh-TW" | "en", Readonly<Record<string, string>>>>;
/**
 * idle: not started, or stopped. connecting: on the way, or catching up; `loading` for a reason: connected, but a list
 * could not be loaded, or takes long. live: everything that happens is shown.
 * polling: no WebSocket opens or stays open; events are fetched over HTTPS, a few seconds late and without positions.
 * It tries the WebSocket again by itself.
 * offline: what is shown may be old; tries again by itself. signed_out: waits for a new sign-in and `start()`.
 * closed: the server refused the connection with a code; `start()` tries again. With `too_many_connections` it also
 * tries again by itself when the user looks at the page.
 */
export type State = "idle" | "connecting" | "live" | "polling" | "offline" | "signed_out" | "closed";
/**
 * yield: other connections of the user come first; it tries again when the user looks at the page, or once much later.
 */
export type Next = "again" | "renew" | "sign_in" | "yield" | "stop";
