import { Api } from "./api.js";
import { ApiError, call } from "./http.js";
import { browserStorage, kept, tabStorage } from "./storage.js";
import { sessionOf, Tabs } from "./session-tabs.js";

// An access token that ends sooner is not worth sending.
const WORTH_MS = 60_000;
// The others wait for their turn meanwhile. Whatever hangs longer is asked again, with the same key.
const REFRESH_MS = 15_000;

/**
 * @typedef {import("./session-tabs.js").Tokens} Tokens
 * @typedef {"admin" | "office_staff" | "driver" | "customer"} Role
 * @typedef {{
 *   id: string, username: string, name: string, role: Role, driver_id: string | null, customer_id: string | null,
 *   password_change?: "required" | "advised" | null, totp?: boolean,
 *   tenant: {id: string, name: string, kind: "delivery" | "table", time_zone: string, currency: string},
 * }} Me password_change: of an initial password. totp: whether a sign-in takes a code. A function of the version before does not
 *   say either
 */

/**
 * Who is signed in. The tokens are in this tab's sessionStorage, for reloads. Both of them: with the refresh token alone,
 * which is the stronger one, each reload would use one up, and a reload in the middle of that would end the session.
 */
export class Session {
  /** @type {Me | undefined} None while nobody is signed in. */
  me;
  /** @type {string | undefined} Why nobody is signed in any more: the code of a refusal. */
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
    this.#storage = kept(storage, "session");
    this.#memory = kept(storage, "memory");
    this.#device = kept(browser, "device");
    this.#tabs = new Tabs(
      {
        tokens: () => this.#tokens,
        told: (tokens) => this.#learn(tokens),
        ended: (session, reason) => session === this.#id && this.#forget(reason),
      },
      tabs,
    );
  }

  /** @param {() => void} listener called when somebody has signed in or out */
  onChange(listener) {
    this.#listeners.add(listener);
  }

  /**
   * Goes on with the session of before the reload, or of another tab. Without an answer it is believed to go on, where this
   * tab knows whose it was. Rejects where it cannot be told whether there is one.
   */
  async start() {
    const stored = this.#storage.get();
    const tokens = stored ? JSON.parse(stored) : await this.#tabs.newest();
    if (!tokens) return;
    this.#keep(tokens);
    this.#tabs.enter();
    try {
      await this.#welcome();
    } catch (error) {
      if (refused(error)) return this.end(/** @type {ApiError} */ (error).code);
      this.me = this.recall("me");
      if (!this.me) throw error;
    }
  }

  /**
   * What this tab was told to remember, over reloads, for as long as somebody is signed in.
   *
   * @param {string} name
   * @returns {any}
   */
  recall(name) {
    return this.#remembered()[name];
  }

  /**
   * @param {string} name
   * @param {unknown} value
   */
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

  /** Reads `me` anew, after a change of the own account. */
  refreshMe() {
    return this.#welcome();
  }

  /** @param {any} pair as the API answers it, of a new session: after a sign-in or a new password */
  async #adopt(pair) {
    this.#keep(timed(pair, 0));
    this.#tabs.enter();
    // A sign-in says whose it is; a function of the version before does not.
    if (pair.user) this.#greet(pair.user);
    else await this.#welcome();
  }

  /**
   * @param {string} current
   * @param {string} next
   */
  async changePassword(current, next) {
    const body = { current_password: current, new_password: next };
    const token = await this.token();
    // This session ends with the old password and another takes its place: whoever would refresh it now waits for that.
    await this.#tabs.exclusively(this.#id ?? "", async () =>
      this.#adopt(await this.#post("/v1/auth/password", body, token)),
    );
  }

  async signOut() {
    const token = this.#tokens?.access_token;
    // Whether or not the server hears of it, this browser forgets.
    if (token) void this.#post("/v1/auth/logout", undefined, token).catch(() => {});
    this.end();
  }

  /**
   * Nobody is signed in any more, here and in the other tabs.
   *
   * @param {string} [reason]
   */
  end(reason) {
    if (this.#id) this.#tabs.tellEnd(this.#id, reason);
    this.#forget(reason);
  }

  /**
   * An access token. Rejects with an ApiError; with 401 or 403 nobody is signed in any more.
   *
   * @param {{renew?: boolean}} [why] renew: not the one that is there
   * @returns {Promise<string>}
   */
  async token({ renew = false } = {}) {
    if (!this.#tokens) throw new ApiError(401, { code: "unauthenticated" });
    if (!renew && isWorth(this.#tokens)) return this.#tokens.access_token;
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
      const theirs = await this.#tabs.newest(id);
      if (theirs) this.#learn(theirs);
      const mine = this.#tokens;
      if (!mine) throw new ApiError(401, { code: "session_revoked" });
      // Another tab was quicker: what it got is as fresh, and its refresh token would be used a second time.
      if (mine.access_token !== refusedToken && isWorth(mine)) return mine.access_token;
      try {
        const pair = await this.#askAnew(mine);
        const tokens = timed(pair, mine.turn + 1);
        // Signed out meanwhile: that stands.
        if (this.#tokens) this.#keep(tokens);
        this.#tabs.tell(tokens);
        return tokens.access_token;
      } catch (error) {
        if (refused(error)) this.end(/** @type {ApiError} */ (error).code);
        throw error;
      }
    });
  }

  /**
   * The refresh token works once. Who asks again with the same key, because the answer was lost or the page was loaded anew
   * meanwhile, is answered the same again; without it they would look like a thief, and be signed out.
   *
   * @param {Tokens} mine
   */
  #askAnew({ ...mine }) {
    mine.retry_key ??= randomKey();
    this.#keep(mine);
    // A tab that is closed now cannot ask again; the others can.
    this.#tabs.tell(mine);
    const { refresh_token, retry_key } = mine;
    return this.#post("/v1/auth/refresh", { refresh_token, retry_key }, undefined, this.#refreshMs);
  }

  /** What another tab has, where it is newer than ours. @param {Tokens} theirs */
  #learn(theirs) {
    const mine = this.#tokens;
    if (!mine || sessionOf(theirs.refresh_token) !== this.#id || theirs.turn < mine.turn) return;
    if (theirs.turn > mine.turn) this.#keep(theirs);
    else if (theirs.retry_key) this.#keep({ ...mine, retry_key: theirs.retry_key });
  }

  async #welcome() {
    this.#greet(await new Api(this.#base, this).get("/v1/auth/me"));
  }

  /** @param {Me} me */
  #greet(me) {
    this.me = me;
    this.remember("me", this.me);
    this.reason = undefined;
    this.#changed();
  }

  /** @param {Tokens} tokens */
  #keep(tokens) {
    this.#tokens = tokens;
    this.#storage.set(JSON.stringify(tokens));
  }

  /** @param {string} [reason] */
  #forget(reason) {
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

  /**
   * @param {string} path
   * @param {unknown} body
   * @param {string} [token]
   * @param {number} [within]
   */
  #post(path, body, token, within) {
    return call(`${this.#base}${path}`, { method: "POST", body, ...(token && { token }), ...(within && { within }) });
  }
}

/**
 * @param {{access_token: string, refresh_token: string, expires_in: number}} pair
 * @param {number} turn
 * @returns {Tokens}
 */
function timed({ access_token, refresh_token, expires_in }, turn) {
  return { access_token, refresh_token, expires_at: Date.now() + expires_in * 1000, turn };
}

/** 128 bits. `crypto.randomUUID` is there on secure pages alone. */
function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {Tokens} tokens */
function isWorth({ access_token, expires_at }) {
  return access_token !== "" && expires_at - Date.now() > WORTH_MS;
}

/** @param {unknown} error */
function refused(error) {
  return error instanceof ApiError && (error.status === 401 || error.status === 403);
}
