/**
 * @typedef {{id: string}} Row
 * @typedef {{all(): Promise<any[]>, put(row: Row): Promise<void>, remove(id: string): Promise<void>}} Store
 */

/**
 * Rows that outlive the page: what was done without a network must not be lost with the battery. Where a browser keeps
 * nothing (private windows), they live as long as the page.
 *
 * @param {string} name
 * @param {IDBFactory} [factory]
 * @returns {Promise<Store>}
 */
export async function openStore(name, factory = globalThis.indexedDB) {
  try {
    const opening = factory.open(`luckygas.${name}`, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("rows", { keyPath: "id" });
    const database = await answered(opening);
    /** @param {IDBTransactionMode} mode */
    const rows = (mode) => database.transaction("rows", mode).objectStore("rows");
    return {
      all: () => answered(rows("readonly").getAll()),
      put: async (row) => void (await answered(rows("readwrite").put(row))),
      remove: async (id) => void (await answered(rows("readwrite").delete(id))),
    };
  } catch {
    return memory();
  }
}

/** @returns {Store} */
export function memory() {
  /** @type {Map<string, Row>} */
  const rows = new Map();
  return {
    all: async () => [...rows.values()],
    put: async (row) => void rows.set(row.id, row),
    remove: async (id) => void rows.delete(id),
  };
}

/**
 * @template Result
 * @param {IDBRequest<Result>} request
 * @returns {Promise<Result>}
 */
function answered(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
