import { browserStorage, storedSetting } from "./storage.js";

/** @typedef {"zh-TW" | "en"} Language */

const chosen = storedSetting(browserStorage, "language");
/** @type {Set<() => void>} */
const listeners = new Set();

/** The chosen one, or the page's. @returns {Language} */
export function language() {
  return (chosen.get() ?? document.documentElement.lang) === "en" ? "en" : "zh-TW";
}

/** @param {Language} next */
export function setLanguage(next) {
  chosen.set(next);
  document.documentElement.lang = next === "en" ? "en" : "zh-Hant-TW";
  for (const listener of [...listeners]) listener();
}

/** Several things in a row, as the language writes them. @param {readonly string[]} items */
export function listed(items) {
  return items.join(language() === "en" ? ", " : "、");
}

/** @param {() => void} listener called when the language has changed: draw everything anew @returns {() => void} stops it */
export function onLanguage(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/**
 * A catalogue's texts in the chosen language; English must have every key that Chinese has, or the types do not fit.
 *
 *     import texts from "../texts/office/users.json" with { type: "json" };
 *     const words = dictionary(texts); // {"zh-TW": {"hello": "{name}，您好"}, "en": {"hello": "Hello {name}"}}
 *     words("hello", { name })
 *
 * @template {string} Key
 * @param {{"zh-TW": Record<Key, string>, en: Record<NoInfer<Key>, string>}} texts
 * @returns {((key: Key, values?: Record<string, string | number>) => string) & {has(key: string): key is Key}}
 */
export function dictionary(texts) {
  /** @param {Key} key @param {Record<string, string | number>} [values] */
  const words = (key, values = {}) => texts[language()][key].replace(/\{(\w+)\}/g, (all, name) => isolated(String(values[name] ?? all)));
  /** @type {(key: string) => key is Key} */
  const has = (key) => Object.hasOwn(texts["zh-TW"], key);
  return Object.assign(words, { has });
}

// Letters that are written from right to left, and what turns the order of those around them.
const TURNING = /[\u0590-\u08ff\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc]/;

/** Isolates a name that would turn the sentence around it. @param {string} value */
function isolated(value) {
  return TURNING.test(value) ? `\u2068${value.replace(/[\u202a-\u202e\u2066-\u2069]/g, "")}\u2069` : value;
}
