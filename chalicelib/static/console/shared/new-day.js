import { now as serverNow } from "./clock.js";
import { today } from "./dates.js";

const LOOK_MS = 20_000;

/**
 * Tells when a business's day has become another one: tabs stay open for weeks. Also looked at when the tab is, since one
 * in the background sleeps.
 *
 * @param {string} timeZone
 * @param {AbortSignal} signal ends it
 * @param {(day: string, before: string) => void} then both as `2026-11-25`
 * @param {{
 *   document?: EventTarget & {hidden: boolean}, now?: () => number,
 *   every?: (act: () => void, ms: number) => any, end?: (timer: any) => void,
 * }} [platform] for tests
 */
export function onNewDay(timeZone, signal, then, { document = globalThis.document, now = serverNow, every = setInterval, end = clearInterval } = {}) {
  let day = today(timeZone, now());
  function look() {
    const before = day;
    day = today(timeZone, now());
    if (day !== before) then(day, before);
  }
  const timer = every(look, LOOK_MS);
  document.addEventListener("visibilitychange", () => !document.hidden && look(), { signal });
  signal.addEventListener("abort", () => end(timer));
}
