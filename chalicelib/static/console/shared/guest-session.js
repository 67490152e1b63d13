import { ApiError, call } from "./http.js";
import { storedSetting, tabStorage } from "./storage.js";

// An access token that ends sooner is not worth sending.
const MIN_LIFETIME_MS = 60_000;

/**
 * @typedef {{
 *   access_token: string, expires_in: number, order_id?: string, guest_id?: string, table?: {id: string, number: string},
 *   tenant: {name: string, time_zone: string, currency: string, language: string},
 *   order?: import("./delivery-steps.js").Order, cursors?: Record<string, number>, epochs?: Record<string, string>,
 * }} Admission as the API answers it: with the order of a link, or with the guest and the table of a QR code. order, cursors,
 *   epochs: at the time of the answer only, where an order can be followed from; not of one that was stored
 * @typedef {{path: string, code: Record<string, string>}} Ticket path: of the API, where the code is traded for a token
 */

/**
 * A guest's session: exchanges the code of a link for a token, again before the token expires. The request includes the
 * earlier token, so that a returning guest is the same guest. Stored in the tab's sessionStorage, for one visit.
 */
export class GuestSession {
  /** @type {{code: string, admission: Admission, expires_at: number} | undefined} */
  #stored;
  /** @type {Promise<Admission> | undefined} */
  #exchanging;
  #base;
  #ticket;
  #visit;
  #storage;

  /**
   * @param {string} base of the REST API
   * @param {Ticket} ticket
   * @param {{visit?: import("../table/table-session.js").TableSession, storage?: import("./storage.js").Store}} [more] visit: of guests who may be in
   *   another tab already
   */
  constructor(base, ticket, { visit, storage = tabStorage } = {}) {
    this.#base = base;
    this.#ticket = ticket;
    this.#visit = visit;
    this.#storage = storedSetting(storage, "guest");
    const stored = this.#storage.get();
    if (stored) this.#stored = JSON.parse(stored);
    if (this.#stored) visit?.share(this.#stored.admission.access_token);
  }

  /**
   * The guest's admission. Rejects with an ApiError: 401 or 403 where the code is not valid.
   *
   * @param {{renew?: boolean}} [why] renew: not the token that is there
   */
  async open({ renew = false } = {}) {
    if (!renew && this.#stored?.code === this.#code && this.#stored.expires_at - Date.now() > MIN_LIFETIME_MS) return this.#stored.admission;
    this.#exchanging ??= this.#exchange().finally(() => (this.#exchanging = undefined));
    return this.#exchanging;
  }

  /** As `Api` and `Realtime` call it. @param {{renew?: boolean}} [why] */
  async token(why) {
    return (await this.open(why)).access_token;
  }

  get #code() {
    return JSON.stringify(this.#ticket.code);
  }

  /** @returns {Promise<Admission>} */
  async #exchange() {
    const earlier = this.#stored?.admission.access_token ?? (await this.#visit?.token());
    const body = { ...this.#ticket.code, ...(earlier && { access_token: earlier }) };
    try {
      /** @type {Admission} */
      const admission = await call(`${this.#base}${this.#ticket.path}`, { method: "POST", body });
      const { order: _order, cursors: _cursors, epochs: _epochs, ...lasting } = admission;
      this.#stored = { code: this.#code, admission: lasting, expires_at: Date.now() + admission.expires_in * 1000 };
      this.#storage.set(JSON.stringify(this.#stored));
      this.#visit?.share(admission.access_token);
      return admission;
    } catch (error) {
      // The link has expired, or the text is no code: trying again does not help.
      if (error instanceof ApiError && (error.status === 404 || error.status === 422)) throw new ApiError(401, { ...error.problem, code: "link_over" });
      throw error;
    }
  }
}
