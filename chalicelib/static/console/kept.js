/**
 * Small settings of this browser. Storage may be full or forbidden; then a setting lasts as long as the page.
 *
 * @param {Storage} storage
 * @param {string} name
 */
export function kept(storage, name) {
  const key = `luckygas.${name}`;
  /** @type {string | null} */
  let value = null;
  return {
    get() {
      try {
        value = storage.getItem(key);
      } catch {
        // as it was set
      }
      return value;
    },
    /** @param {string | null} next */
    set(next) {
      value = next;
      try {
        if (next === null) storage.removeItem(key);
        else storage.setItem(key, next);
      } catch {
        // kept in `value` alone
      }
    },
  };
}
