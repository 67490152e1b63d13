import { h } from "../shared/dom.js";

/** @import { Table } from "./types.js" */

const TYPES = /** @type {const} */ ({ svg: "image/svg+xml", png: "image/png" });

/**
 * A table's code as a picture.
 *
 * @param {import("../shared/api.js").Api} api
 * @param {Table} table
 * @param {keyof typeof TYPES} format
 * @param {AbortSignal} [signal]
 * @returns {Promise<Blob>}
 */
export function picture(api, { id }, format, signal) {
  return api.get(`/v1/tables/${id}/qr`, { query: { format }, accept: TYPES[format], ...(signal && { signal }) });
}

/**
 * The code to look at, and to print.
 *
 * @param {import("../shared/api.js").Api} api
 * @param {Table} table
 * @param {string} alt
 * @param {AbortSignal} [signal]
 */
export async function codeImage(api, table, alt, signal) {
  const svg = await (await picture(api, table, "svg", signal)).text();
  const image = h("img.qr", { alt });
  // The policy lets pictures be `data:`, and no `blob:`; what is in an image is drawn and never run.
  image.src = `data:image/svg+xml,${encodeURIComponent(svg)}`;
  await image.decode();
  return image;
}
