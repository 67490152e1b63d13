import { ApiError, call } from "./http.js";

export { ApiError };

/**
 * @typedef {{
 *   query?: Record<string, string | number | boolean | null | undefined>,
 *   body?: unknown,
 *   headers?: Record<string, string>,
 *   accept?: string,
 *   signal?: AbortSignal,
 * }} Options query: empty values are left out. accept: the type of a file, which is answered as a Blob.
 *   signal: a page's own, so that requests of a page that was left end
 */

/** The REST API with the tokens of a session; see docs/api.md. Every call rejects with ApiError where it is refused. */
export class Api {
  #base;
  #session;

  /** @param {string} base @param {{token(why?: {renew?: boolean}): Promise<string>}} session */
  constructor(base, session) {
    this.#base = base;
    this.#session = session;
  }

  /** @param {string} path @param {Options} [options] */
  get(path, options) {
    return this.#call("GET", path, options);
  }

  /** @param {string} path @param {unknown} [body] @param {Options} [options] */
  post(path, body, options) {
    return this.#call("POST", path, { ...options, body });
  }

  /** @param {string} path @param {unknown} body @param {Options} [options] */
  patch(path, body, options) {
    return this.#call("PATCH", path, { ...options, body });
  }

  /** @param {string} path @param {unknown} body @param {Options} [options] */
  put(path, body, options) {
    return this.#call("PUT", path, { ...options, body });
  }

  /** @param {string} path @param {Options} [options] */
  delete(path, options) {
    return this.#call("DELETE", path, options);
  }

  /** @param {string} method @param {string} path @param {Options} [options] @returns {Promise<any>} */
  async #call(method, path, { query = {}, ...rest } = {}) {
    const parameters = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
    const search = new URLSearchParams(parameters.map(([name, value]) => [name, String(value)])).toString();
    const url = `${this.#base}${path}${search && `?${search}`}`;
    try {
      return await call(url, { method, token: await this.#session.token(), ...rest });
    } catch (error) {
      // Refused for its token, so nothing was done, and it may be sent again with a fresh one.
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
      return call(url, { method, token: await this.#session.token({ renew: true }), ...rest });
    }
  }
}
