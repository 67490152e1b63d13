// Before anything is painted, so that nobody is dazzled: the theme and the language that were chosen here. No module,
// because those wait for the page.
(() => {
  const page = document.documentElement;
  try {
    const theme = localStorage.getItem("luckygas.theme");
    if (theme === "light" || theme === "dark") page.dataset.theme = theme;
    page.lang = localStorage.getItem("luckygas.language") === "en" ? "en" : "zh-Hant-TW";
  } catch {
    // as the system has it
  }
})();
