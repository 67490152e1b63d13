/**
 * Locks among the tabs of one browser. Browsers give them to secure pages alone, and to none where storage is forbidden:
 * there each tab is on its own.
 */
export class Locks {
  #manager;

  /** @param {Pick<LockManager, "request" | "query">} [manager] */
  constructor(manager = navigator.locks) {
    this.#manager = /** @type {Pick<LockManager, "request" | "query"> | undefined} */ (manager);
  }

  /**
   * Does something that only one tab may do at a time.
   *
   * @template Result
   * @param {string} name
   * @param {() => Promise<Result>} then
   * @returns {Promise<Result>}
   */
  async request(name, then) {
    let entered = false;
    try {
      if (this.#manager) return await this.#manager.request(name, () => ((entered = true), then()));
    } catch (error) {
      if (entered) throw error;
    }
    return then();
  }

  /** Holds a lock together with others. @param {string} name @param {Promise<unknown>} until */
  async share(name, until) {
    try {
      await this.#manager?.request(name, { mode: "shared" }, () => until);
    } catch {
      // other tabs do not see this one
    }
  }

  /** How many hold a lock. @param {string} name */
  async holders(name) {
    try {
      const { held = [] } = (await this.#manager?.query()) ?? {};
      return held.filter((each) => each.name === name).length;
    } catch {
      return 0;
    }
  }
}
