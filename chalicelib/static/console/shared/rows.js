import { ApiError } from "./api.js";
import { complain } from "./notices.js";

/**
 * Single rows of one path of the API. Each is shown as the server has it: after a change, and after a refusal.
 *
 * @template {{id: string, version: number}} Row
 */
export class Rows {
  #api;
  #path;
  #signal;

  /**
   * @param {Pick<import("./api.js").Api, "get" | "patch">} api
   * @param {string} path
   * @param {AbortSignal} signal
   * @param {(row: Row) => unknown} put shows a row
   */
  constructor(api, path, signal, put) {
    this.#api = api;
    this.#path = path;
    this.#signal = signal;
    this.put = put;
  }

  /** Changes a row from the version that was seen. @param {Row} row @param {Partial<Row>} changes */
  change({ id, version }, changes) {
    return this.act(id, () => this.#api.patch(`${this.#path}/${id}`, { ...changes, version }));
  }

  /**
   * @param {string} id
   * @param {() => Promise<Row>} send
   * @param {(error: unknown) => void} [explain]
   * @returns {Promise<boolean>} whether it was done
   */
  async act(id, send, explain = complain) {
    try {
      this.put(await send());
      return true;
    } catch (error) {
      explain(error);
      if (error instanceof ApiError && error.status > 0) await this.read(id);
      return false;
    }
  }

  /** Shows a row as the server has it. @param {string} id @returns {Promise<Row | undefined>} undefined without an answer */
  async read(id) {
    try {
      const row = await this.#api.get(`${this.#path}/${id}`, { signal: this.#signal });
      this.put(row);
      return row;
    } catch (error) {
      if (!this.#signal.aborted) complain(error);
      return undefined;
    }
  }
}
