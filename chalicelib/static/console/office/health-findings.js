import { isUpToDate } from "../shared/connection.js";

/** @import { Health, OwnSms, SmsHealth } from "./types.js" */

/**
 * What is wrong, of what the health endpoints answer; pure, so that it can be tested and read in one place.
 *
 * @typedef {"unreachable" | "notLive" | "polling" | "behind" | "stopped" | "setAside" | "deadLetters" | "providerDown" | "smsFail" | "smsWait" | "ownSms"} Fault
 * @typedef {{fault: Fault, hue: "red" | "amber", values: Record<string, string | number>}} Finding
 */

// The limits of chalicelib/monitoring/stream_health.py and chalicelib/api/health.py.
const LAG_LIMIT_MS = 60_000;
const QUEUE_LIMIT = 500;

/**
 * Worst first.
 *
 * @param {{state: import("../../realtime/realtime.js").State, health?: Health | undefined, sms?: SmsHealth | undefined, ownSms?: OwnSms | undefined}} seen
 *   state: of this page's connection. health, sms: undefined where there is no answer. ownSms: of the business, today
 * @returns {Finding[]}
 */
export function findings({ state, health, sms, ownSms }) {
  if (!health || !sms) return [{ fault: "unreachable", hue: "red", values: {} }];
  const behind = Math.max(0, ...Object.values(health.streams).map(({ lag_ms }) => lag_ms));
  const unsent = (ownSms?.failed ?? 0) + (ownSms?.unknown ?? 0);
  /** @type {[boolean, Fault, "red" | "amber", Record<string, string | number>][]} */
  const rules = [
    [!isUpToDate(state), "notLive", "red", {}],
    [behind > LAG_LIMIT_MS, "behind", "red", { seconds: Math.round(behind / 1000) }],
    [Object.values(health.streams).some(({ source }) => source === "stopped"), "stopped", "red", {}],
    [sms.providers_down > 0, "providerDown", "red", { count: sms.providers_down }],
    [sms.dead_letters > 0, "deadLetters", "red", { count: sms.dead_letters }],
    [health.queues.stream_dead_letters > 0, "setAside", "amber", { count: health.queues.stream_dead_letters }],
    [state === "polling", "polling", "amber", {}],
    [sms.failed_today > sms.sent_today, "smsFail", "amber", { failed: sms.failed_today, sent: sms.sent_today }],
    [sms.queued > QUEUE_LIMIT, "smsWait", "amber", { count: sms.queued }],
    [unsent > 0, "ownSms", "amber", { count: unsent }],
  ];
  return rules.filter(([isSo]) => isSo).map(([, fault, hue, values]) => ({ fault, hue, values }));
}
