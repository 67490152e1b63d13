/** What the server has filled into the page. @param {string} name of a `<meta>` @returns {string} */
export function meta(name) {
  return document.querySelector(`meta[name="${name}"]`)?.getAttribute("content") ?? "";
}

/**
 * api: base of the REST API, `/api`. websocket: the endpoint. mapTiles: URL template, or empty for a plain map. static: base of
 * the built files.
 */
export const config = { api: meta("api"), websocket: meta("websocket"), mapTiles: meta("map-tiles"), static: meta("static") };
