import { el, h } from "./dom.js";
import { dictionary, language, setLanguage } from "./i18n.js";
import { icon } from "./icons.js";
import { setTheme, theme } from "./theme.js";
import { words } from "./words.js";
import texts from "../texts/shared/toggles.json" with { type: "json" };

const themes = /* @__PURE__ */ dictionary(texts);

/** A button with the name of the other language. */
export function languageToggle() {
  const other = language() === "en" ? "zh-TW" : "en";
  const lang = other === "en" ? "en" : "zh-Hant-TW";
  return h("button.button.plain", { lang, onclick: () => setLanguage(other) }, icon("globe"), words("language"));
}

/** Changes the theme: the system's, light, dark, and so on. */
export function themeToggle() {
  const button = el("button.button.plain.square");
  const draw = () => {
    const now = theme();
    const label = themes("theme", { theme: themes(now) });
    button.setAttribute("aria-label", label);
    button.title = label;
    button.replaceChildren(icon(now === "auto" ? "auto" : now === "light" ? "sun" : "moon"));
  };
  button.addEventListener("click", () => {
    setTheme(theme() === "auto" ? "light" : theme() === "light" ? "dark" : "auto");
    draw();
  });
  draw();
  return button;
}
