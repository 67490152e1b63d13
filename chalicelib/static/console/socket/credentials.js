import { call } from "../shared/http.js";
import { storedSetting, tabStorage } from "../shared/storage.js";
import { isObject, parsed } from "./frames.js";

/** @typedef {{role: string, kind: string, tid: string, sub: string, exp: number}} Claims exp: seconds since 1970 */

/**
 * The token of this page: pasted, or of a sign-in made here. In memory alone, and gone with the page; a sign-in of the
 * console in this tab is looked at once, and never refreshed: its refresh token works once, and is the console's.
 */
export class Credentials {
  token = "";
  /** @type {string | undefined} Of a sign-in made here. */
  #refresh;
  /** @type {{name: string, username: string, tenant: {name: string}} | undefined} Who signed in here. */
  me;
  #api;

  /** @param {string} api base of the REST API @param {import("../shared/storage.js").Store} [storage] */
  constructor(api, storage = tabStorage) {
    this.#api = api;
    const session = parsed(storedSetting(storage, "session").get() ?? "");
    if (isObject(session) && typeof session.access_token === "string") this.token = session.access_token;
  }

  /** What the token says of itself; undefined where it is none. */
  get claims() {
    return claims(this.token);
  }

  /** Another token than the sign-in's. @param {string} token */
  paste(token) {
    this.token = token.trim();
    this.#refresh = undefined;
    this.me = undefined;
  }

  /** Rejects with an ApiError. @param {string} username @param {string} password */
  async signIn(username, password) {
    this.#keep(await this.#post("/v1/auth/login", { username, password }));
    this.me = await call(`${this.#api}/v1/auth/me`, { method: "GET", token: this.token });
  }

  /** A fresh token of the same sign-in. Rejects with an ApiError. */
  async renew() {
    this.#keep(await this.#post("/v1/auth/refresh", { refresh_token: this.#refresh }));
  }

  /** Ends the sign-in on the server, too: an open socket gets `closing`, and is closed. The token stays, to be refused. */
  async signOut() {
    await this.#post("/v1/auth/logout", undefined, this.token);
    this.#refresh = undefined;
    this.me = undefined;
  }

  /** @param {{access_token: string, refresh_token: string}} pair */
  #keep({ access_token: token, refresh_token: refresh }) {
    this.token = token;
    this.#refresh = refresh;
  }

  /** @param {string} path @param {unknown} body @param {string} [token] */
  #post(path, body, token) {
    return call(`${this.#api}${path}`, { method: "POST", body, ...(token && { token }) });
  }
}

/** @param {string} token @returns {Claims | undefined} */
function claims(token) {
  const payload = token.split(".")[1];
  if (!payload) return undefined;
  try {
    const text = atob(payload.replaceAll("-", "+").replaceAll("_", "/"));
    const message = parsed(text);
    return isObject(message) ? /** @type {any} */ (message) : undefined;
  } catch {
    return undefined; // no base64
  }
}
