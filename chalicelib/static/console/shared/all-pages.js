/**
 * All rows of a list that the server gives in pages.
 *
 * @param {Pick<import("./api.js").Api, "get">} api
 * @param {string} path
 * @param {{query?: import("./api.js").Options["query"], signal: AbortSignal, most?: number}} options most: pages
 * @returns {Promise<any>} the first page, whose cursors count for all that was read after it, with the items of all pages
 */
export async function allPages(api, path, { query = {}, signal, most = Infinity }) {
  const first = await api.get(path, { query: { limit: 100, ...query }, signal });
  const items = [...first.items];
  let cursor = first.next_cursor;
  for (let n = 1; cursor && n < most; n++) {
    const page = await api.get(path, { query: { limit: 100, ...query, cursor }, signal });
    items.push(...page.items);
    cursor = page.next_cursor;
  }
  return { ...first, items };
}

/**
 * The rows alone: of drivers, products and tables, which have no cursors of channels.
 *
 * @param {Pick<import("./api.js").Api, "get">} api
 * @param {string} path
 * @param {AbortSignal} signal
 * @returns {Promise<any[]>}
 */
export async function allRows(api, path, signal) {
  return (await allPages(api, path, { signal })).items;
}
