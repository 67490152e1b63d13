import { Api } from "./api.js";
import { ApiError, call } from "./http.js";
import { browserStorage, storedSetting, tabStorage } from "./storage.js";
import { sessionOf, Tabs } from "./session-tabs.js";

// An access token that ends sooner is not worth sending.
const MIN_LIFETIME_MS = 60_000;
// Other tabs wait meanwhile. A request that takes longer is sent again, with the same key.
const REFRESH_MS = 15_000;

/**
 * @typedef {import("./session-tabs.js").Tokens} Tokens
 * @typedef {"admin" | "office_staff" | "driver" | "customer"} Role
 * @typedef {{
 *   id: string, username: string, name: string, role: Role, driver_id: string | null, customer_id: string | null,
 *   password_change?: "required" | "advised" | null, totp?: boolean,
 *   tenant: {id: string, name: string, kind: "delivery" | "table", time_zone: string, currency: string},
 * }} Me password_change: of an initial password. totp: whether a sign-in takes a code. A function of the version before sends
 *   neither
 */

/**
 * The sign-in of this tab. Both tokens are in its sessionStorage, for reloads: with the refresh token alone, each reload
 * would use one up, and a reload during that request would end the session.
 */
export class Session {
  /** @type {Me | undefined} None while no user is signed in. */
  me;
  /** @type {string | undefined} Why the sign-in ended: the code of a refusal. */
  reason;

  /** @type {Tokens | undefined} */
  #tokens;
  /** @type {Promise<string> | undefined} */
  #refreshing;
  /** @type {Set<() => void>} */
  #listeners = new Set();
  #base;
  #storage;
  #memory;
  /** Makes this browser a known device of its user: wrong passwords of others do not stop its sign-ins. */
  #device;
  #tabs;
  #refreshMs;

  /**
   * @param {string} base of the REST API
   * @param {{storage?: import("./storage.js").Store, browser?: import("./storage.js").Store, tabs?: {channel?: BroadcastChannel, locks?: LockManager},
   *   refreshMs?: number}} [platform]
   */
  constructor(base, { storage = tabStorage, browser = browserStorage, tabs, refreshMs = REFRESH_MS } = {}) {
    this.#refreshMs = refreshMs;
    this.#base = base;
    this.#storage = storedSetting(storage, "session");
    this.#memory = storedSetting(storage, "memory");
    this.#device = storedSetting(browser, "device");
    this.#tabs = new Tabs(
      {
        tokens: () => this.#tokens,
        received: (tokens) => this.#adoptNewer(tokens),
        ended: (session, reason) => session === this.#id && this.#clear(reason),
      },
      tabs,
    );
  }

  /** @param {() => void} listener called after a sign-in or its end */
  onChange(listener) {
    this.#listeners.add(listener);
  }

  /**
   * Continues the session from before the reload, or another tab's. Without an answer, a session whose user this tab
   * remembers continues. Rejects where it cannot be known whether there is one.
   */
  async start() {
    const stored = this.#storage.get();
    const tokens = stored ? JSON.parse(stored) : await this.#tabs.newest();
    if (!tokens) return;
    this.#store(tokens);
    this.#tabs.enter();
    try {
      await this.refreshMe();
    } catch (error) {
      if (refused(error)) return this.end(/** @type {ApiError} */ (error).code);
      this.me = this.recall("me");
      if (!this.me) throw error;
    }
  }

  /** What this tab remembers over reloads, until the sign-in ends. @param {string} name @returns {any} */
  recall(name) {
    return this.#remembered()[name];
  }

  /** @param {string} name @param {unknown} value */
  remember(name, value) {
    this.#memory.set(JSON.stringify({ ...this.#remembered(), [name]: value }));
  }

  /** @returns {Record<string, unknown>} */
  #remembered() {
    return JSON.parse(this.#memory.get() ?? "{}");
  }

  /**
   * @param {string} username
   * @param {string} password
   * @param {string} [code] of an authenticator app, where the server has asked for it
   */
  async signIn(username, password, code) {
    const device = this.#device.get();
    const sent = { username, password, ...(code && { totp_code: code }) };
    const answer = await this.#post("/v1/auth/login", { ...sent, ...(device && { device }) }).catch((error) => {
      // A function of the version before knows no devices.
      if (!device || error.errors?.[0]?.field !== "device") throw error;
      return this.#post("/v1/auth/login", sent);
    });
    if (answer.device) this.#device.set(answer.device);
    await this.#adopt(answer);
  }

  /** @param {any} pair as the API answers it, of a new session: after a sign-in or a new password */
  async #adopt(pair) {
    this.#store(tokensOf(pair, 0));
    this.#tabs.enter();
    // A function of the version before sends no user.
    if (pair.user) this.#setMe(pair.user);
    else await this.refreshMe();
  }

  /** @param {string} current @param {string} next */
  async changePassword(current, next) {
    const body = { current_password: current, new_password: next };
    const token = await this.token();
    // This session ends with the old password and another takes its place: a tab that would refresh it now waits for that.
    await this.#tabs.exclusively(this.#id ?? "", async () =>
      this.#adopt(await this.#post("/v1/auth/password", body, token)),
    );
  }

  async signOut() {
    const token = this.#tokens?.access_token;
    // Whether or not the server receives it, this browser forgets.
    if (token) void this.#post("/v1/auth/logout", undefined, token).catch(() => {});
    this.end();
  }

  /** Ends the sign-in here and in the other tabs. @param {string} [reason] */
  end(reason) {
    if (this.#id) this.#tabs.broadcastEnd(this.#id, reason);
    this.#clear(reason);
  }

  /**
   * An access token. Rejects with an ApiError; with 401 or 403 the sign-in has ended.
   *
   * @param {{renew?: boolean}} [why] renew: not the one that is there
   * @returns {Promise<string>}
   */
  async token({ renew = false } = {}) {
    if (!this.#tokens) throw new ApiError(401, { code: "unauthenticated" });
    if (!renew && isUsable(this.#tokens)) return this.#tokens.access_token;
    this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  get #id() {
    return this.#tokens && sessionOf(this.#tokens.refresh_token);
  }

  /** @returns {Promise<string>} */
  #refresh() {
    const id = this.#id ?? "";
    const refusedToken = this.#tokens?.access_token;
    return this.#tabs.exclusively(id, async () => {
      const received = await this.#tabs.newest(id);
      if (received) this.#adoptNewer(received);
      const current = this.#tokens;
      if (!current) throw new ApiError(401, { code: "session_revoked" });
      // Another tab was quicker: what it got is as fresh, and its refresh token would be used a second time.
      if (current.access_token !== refusedToken && isUsable(current)) return current.access_token;
      try {
        const pair = await this.#postRefresh(current);
        const tokens = tokensOf(pair, current.turn + 1);
        // Signed out meanwhile: that stands.
        if (this.#tokens) this.#store(tokens);
        this.#tabs.broadcast(tokens);
        return tokens.access_token;
      } catch (error) {
        // Signed out meanwhile, or signed in anew: that stands.
        if (refused(error) && this.#id === id) this.end(/** @type {ApiError} */ (error).code);
        throw error;
      }
    });
  }

  /**
   * The refresh token works once. After a lost answer or a reload, a request with the same key gets the same answer; without
   * the key the server would take it for a stolen token, and end the session.
   *
   * @param {Tokens} mine
   */
  #postRefresh({ ...mine }) {
    mine.retry_key ??= randomKey();
    this.#store(mine);
    // A tab that is closed now cannot ask again; the others can.
    this.#tabs.broadcast(mine);
    const { refresh_token, retry_key } = mine;
    return this.#post("/v1/auth/refresh", { refresh_token, retry_key }, undefined, this.#refreshMs);
  }

  /** What another tab has, where it is newer than ours. @param {Tokens} received */
  #adoptNewer(received) {
    const mine = this.#tokens;
    if (!mine || sessionOf(received.refresh_token) !== this.#id || received.turn < mine.turn) return;
    if (received.turn > mine.turn) this.#store(received);
    else if (received.retry_key) this.#store({ ...mine, retry_key: received.retry_key });
  }

  /** Reads `me` anew. */
  async refreshMe() {
    this.#setMe(await new Api(this.#base, this).get("/v1/auth/me"));
  }

  /** @param {Me} me */
  #setMe(me) {
    this.me = me;
    this.remember("me", this.me);
    this.reason = undefined;
    this.#changed();
  }

  /** @param {Tokens} tokens */
  #store(tokens) {
    this.#tokens = tokens;
    this.#storage.set(JSON.stringify(tokens));
  }

  /** @param {string} [reason] */
  #clear(reason) {
    this.#tabs.leave();
    this.#storage.set(null);
    this.#memory.set(null);
    this.#tokens = undefined;
    this.me = undefined;
    this.reason = reason;
    this.#changed();
  }

  #changed() {
    for (const listener of [...this.#listeners]) listener();
  }

  /** @param {string} path @param {unknown} body @param {string} [token] @param {number} [within] */
  #post(path, body, token, within) {
    return call(`${this.#base}${path}`, { method: "POST", body, ...(token && { token }), ...(within && { within }) });
  }
}

/** @param {{access_token: string, refresh_token: string, expires_in: number}} pair @param {number} turn @returns {Tokens} */
function tokensOf({ access_token, refresh_token, expires_in }, turn) {
  return { access_token, refresh_token, expires_at: Date.now() + expires_in * 1000, turn };
}

/** 128 bits. `crypto.randomUUID` is there on secure pages alone. */
function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {Tokens} tokens */
function isUsable({ access_token, expires_at }) {
  return access_token !== "" && expires_at - Date.now() > MIN_LIFETIME_MS;
}

/** @param {unknown} error */
function refused(error) {
  return error instanceof ApiError && (error.status === 401 || error.status === 403);
}
