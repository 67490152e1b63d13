/**
 * The used methods of a storage. `localStorage` and `sessionStorage` are looked up with each use: where storage is
 * forbidden, reading their names throws.
 *
 * @typedef {Pick<Storage, "getItem" | "setItem" | "removeItem">} Store
 */

/** For all tabs, and for good. */
export const browserStorage = lazyStorage(() => localStorage);
/** For this tab, over its reloads. */
export const tabStorage = lazyStorage(() => sessionStorage);

/**
 * Small settings of this browser. Storage may be full or forbidden; then a setting lasts as long as the page.
 *
 * @param {Store} storage
 * @param {string} name
 */
export function storedSetting(storage, name) {
  const key = `luckygas.${name}`;
  /** @type {string | null} */
  let value = null;
  return {
    get() {
      try {
        value = storage.getItem(key);
      } catch {
        // The value that was set last counts.
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
        // `value` has it.
      }
    },
  };
}

/** @param {() => Storage} storage @returns {Store} */
function lazyStorage(storage) {
  return {
    getItem: (key) => storage().getItem(key),
    setItem: (key, value) => storage().setItem(key, value),
    removeItem: (key) => storage().removeItem(key),
  };
}
