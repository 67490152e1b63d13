/** @import { Place } from "../shared/map.js" */

// 臺北市大安區和平東路… → 大安區; 新竹縣竹北市… → 竹北市.
const DISTRICT = /^(?:\d{3,6})?\s*(?:[^\s\d]{1,3}[市縣])([^\s\d]{1,4}?[區鄉鎮市])/;

/**
 * Names for a map without any: each district where there are orders, in the middle of them.
 *
 * @param {Iterable<{address: string | null, location: Place | null}>} orders
 * @returns {{name: string, at: Place}[]}
 */
export function districts(orders) {
  /** @type {Map<string, Place[]>} */
  const found = new Map();
  for (const { address, location } of orders) {
    const name = DISTRICT.exec(address ?? "")?.[1];
    if (!name || !location) continue;
    found.set(name, [...(found.get(name) ?? []), location]);
  }
  return [...found].map(([name, places]) => ({ name, at: middle(places) }));
}

/** @param {Place[]} places */
function middle(places) {
  const mean = (/** @type {"latitude" | "longitude"} */ axis) => places.reduce((sum, place) => sum + place[axis], 0) / places.length;
  return { latitude: mean("latitude"), longitude: mean("longitude") };
}

/** Coordinates, as people copy them from elsewhere: `25.0330, 121.5654`. @param {string} text @returns {Place | undefined} */
export function placeOf(text) {
  const found = /^\s*\(?\s*(-?\d+(?:\.\d+)?)\s*[,，\s]\s*(-?\d+(?:\.\d+)?)\s*\)?\s*$/.exec(text);
  if (!found) return undefined;
  const [latitude, longitude] = [Number(found[1]), Number(found[2])];
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? { latitude, longitude } : undefined;
}

/**
 * Where a phone's own map shows the way: by coordinates, which are exact, else by address.
 *
 * @param {Pick<import("./types.js").Order, "location" | "address">} order
 * @returns {string | undefined}
 */
export function directions({ location, address }) {
  const destination = location ? `${location.latitude},${location.longitude}` : address;
  // Opens the map's app where there is one, on any phone; `geo:` is known to Android alone.
  return destination ? `https://www.google.com/maps/dir/?${new URLSearchParams({ api: "1", destination, travelmode: "driving" })}` : undefined;
}
