import { showImport } from "./import-detail.js";
import { showImports } from "./import-list.js";
import "./charts.css";
import "./customers.css";

/** Files of customers and orders, and what another system exported. @type {import("../pages.js").Show} */
export function show(context) {
  const [id] = context.path;
  return id ? showImport(id, context) : showImports(context);
}
