import { browserStorage, storedSetting } from "./storage.js";

/** @typedef {"auto" | "light" | "dark"} Theme auto: the system's. */

const chosen = storedSetting(browserStorage, "theme");

/** @returns {Theme} */
export function theme() {
  const value = chosen.get();
  return value === "light" || value === "dark" ? value : "auto";
}

/** @param {Theme} next */
export function setTheme(next) {
  chosen.set(next === "auto" ? null : next);
  if (next === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
}
