import { Bell } from "../shared/bell.js";

/** Audible over a fan: two tones a fifth apart. Off until it is turned on. */
export function kitchenBell() {
  return new Bell("kitchen.sound", { hertz: [880, 1320], apart: 0.18, lasts: 0.35, volume: 0.4 });
}
