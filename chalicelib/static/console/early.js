// The theme and the language that were chosen in this browser, before anything is painted: a bright page dazzles at night.
// No module, because those wait for the page.
(() => {
  const page = document.documentElement;
  try {
    const theme = localStorage.getItem("luckygas.theme");
    if (theme === "light" || theme === "dark") page.dataset.theme = theme;
    const language = localStorage.getItem("luckygas.language");
    // Without one, the page's: the server writes guests' pages in the language that the phone asks for.
    if (language) page.lang = language === "en" ? "en" : "zh-Hant-TW";
  } catch {
    // as the system has it
  }
})();
