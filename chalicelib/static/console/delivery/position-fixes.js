/**
 * Where a phone was, as `POST /v1/drivers/me/location` takes it.
 *
 * @typedef {{latitude: number, longitude: number, timestamp: string, speed?: number, heading?: number, accuracy?: number}} Fix
 */

/** @param {GeolocationCoordinates} coords @param {number} timestamp @returns {Fix} */
export function fixOf({ latitude, longitude, speed, heading, accuracy }, timestamp) {
  return {
    latitude,
    longitude,
    timestamp: new Date(timestamp).toISOString(),
    // Receivers that stand still know no heading: NaN, or null.
    ...(speed !== null && speed >= 0 && { speed }),
    ...(heading !== null && heading >= 0 && heading <= 360 && { heading }),
    ...(Number.isFinite(accuracy) && { accuracy }),
  };
}

/** Fewer of them: every second one of the older half is left out. @param {Fix[]} fixes */
export function thinned(fixes) {
  const half = Math.floor(fixes.length / 2);
  return fixes.filter((_, n) => n >= half || n % 2 === 0);
}

/** The stored ones; none where they cannot be read. @param {string | null} text @returns {Fix[]} */
export function stored(text) {
  try {
    return JSON.parse(text ?? "[]");
  } catch {
    return [];
  }
}
