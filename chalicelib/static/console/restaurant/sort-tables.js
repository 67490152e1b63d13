/** @import { Table } from "./types.js" */

/** A2 before A10. @param {readonly Table[]} tables */
export function sortTables(tables) {
  const order = new Intl.Collator("zh-TW", { numeric: true });
  return [...tables].sort((one, other) => order.compare(one.number, other.number));
}
