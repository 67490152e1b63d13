import { ServerTime } from "../../realtime/server-time.js";

/**
 * The clock of this page, corrected by every answer of the server. Devices are minutes or hours off, so ages, "today" and
 * "late" are counted by this clock and never by the device's own.
 */
export const serverClock = new ServerTime();

/** The server's time, in milliseconds since 1970. */
export function now() {
  return serverClock.now();
}
