// A page of a search may be empty though there is more; see docs/api.md.
const MOST_EMPTY = 8;

/**
 * A list that the server sends in pages: the first one, then more on request. A new request cancels the one before.
 *
 * @template {{id: string}} Row
 */
export class Pager {
  /** @type {Row[]} */
  rows = [];
  hasMore = false;
  /** @type {string | null | undefined} */
  #cursor;
  /** @type {AbortController | undefined} Of the reading that is under way. */
  #request;
  /** How many rows that is to bring. */
  #expected = 0;
  #read;
  #signal;
  #limit;

  /**
   * @param {(page: {limit: number, cursor: string | null | undefined}, signal: AbortSignal) => Promise<{items: Row[], next_cursor: string | null}>} read
   * @param {AbortSignal} signal ends it
   * @param {number} [limit] rows of a page
   */
  constructor(read, signal, limit = 50) {
    this.#read = read;
    this.#signal = signal;
    this.#limit = limit;
  }

  /**
   * Reads as much as is shown anew, or the first page. What is shown stays until then.
   *
   * @param {{shown?: boolean}} [how] shown: not the first page alone
   * @returns {Promise<boolean>} false where another list was requested meanwhile
   */
  async load({ shown = false } = {}) {
    return this.#collect([], undefined, shown ? Math.max(this.rows.length, this.#expected) : 1);
  }

  /** The next page. @returns {Promise<boolean>} as `load` */
  async more() {
    // The shown rows are being read anew, with one page more.
    if (this.#expected) return this.#collect([], undefined, this.rows.length + 1);
    return this.#collect(this.rows, this.#cursor, this.rows.length + 1);
  }

  /** Takes a row's place; a row that is not shown stays so. @param {Row} row @returns {boolean} whether it is shown */
  put(row) {
    const isShown = this.rows.some(({ id }) => id === row.id);
    this.rows = this.rows.map((each) => (each.id === row.id ? row : each));
    return isShown;
  }

  /** @param {Row[]} rows @param {string | null | undefined} cursor @param {number} least how many rows to read, if there are so many */
  async #collect(rows, cursor, least) {
    this.#request?.abort();
    this.#request = new AbortController();
    this.#expected = least;
    const signal = AbortSignal.any([this.#request.signal, this.#signal]);
    let empty = 0;
    try {
      do {
        const page = await this.#read({ limit: this.#limit, cursor }, signal);
        if (page.items.length === 0) empty++;
        rows = [...rows, ...page.items];
        cursor = page.next_cursor;
      } while (rows.length < least && cursor && empty < MOST_EMPTY);
    } catch (error) {
      if (signal.aborted) return false;
      this.#expected = 0;
      throw error;
    }
    if (signal.aborted) return false;
    this.#expected = 0;
    this.rows = rows;
    this.#cursor = cursor;
    this.hasMore = Boolean(cursor);
    return true;
  }
}
