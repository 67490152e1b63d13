/** Ids that were seen lately. Old ones are forgotten: what comes again comes within minutes. */
export class Recent {
  #ids = new Set();
  #most;

  constructor(most = 1000) {
    this.#most = most;
  }

  /**
   * @param {string} id
   * @returns {boolean} whether it is new
   */
  add(id) {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    if (this.#ids.size > this.#most) this.#ids.delete(this.#ids.values().next().value);
    return true;
  }

  clear() {
    this.#ids.clear();
  }
}
