// Inlined into each page's head, so it runs where no other file of the page can be loaded. Not a module, because modules
// wait for the page; in ES5, because it must run in browsers that are too old for the others.
(function () {
  var page = document.documentElement;
  // Before anything is painted, so that no page flashes white: the theme and the language that were chosen here.
  try {
    var theme = localStorage.getItem("luckygas.theme");
    if (theme === "light" || theme === "dark") page.setAttribute("data-theme", theme);
    // Without one, the page's: the server writes guests' pages in the language that the phone asks for.
    var language = localStorage.getItem("luckygas.language");
    if (language) page.lang = language === "en" ? "en" : "zh-Hant-TW";
  } catch (error) {
    // as the system has it
  }
})();
(function (message) {
  var SLOW_MS = 10000; // without a network, requests can hang rather than fail
  var final = false; // the message stays until the page is loaded again
  var started = false;
  var typed = false;

  function incomplete() {
    message.show("這個頁面沒有完整載入。", "This page has not loaded completely.", "再試一次 Try again");
  }

  /** @param {HTMLLinkElement} link Until a style sheet has arrived, the browser paints nothing: this applies it then. */
  function later(link) {
    link.media = "print";
    link.onload = function () {
      link.media = "all";
    };
  }

  /** @param {any} event */
  function failed(event) {
    var target = event.target;
    var name = target.tagName;
    var file = !started && event.filename; // an exception, and the page has not started
    if (name === "SCRIPT") file = target.src;
    if (name === "LINK") file = target.rel === "stylesheet" && !target.hasAttribute("data-lazy") && target.href;
    if (!file || file.indexOf("/static/") < 0) return;
    final = true;
    incomplete();
  }

  // Our scripts and style sheets only. A page works without its icon and map tiles; the script that needs a preload fails
  // with it; lazy.js reports what it loads.
  addEventListener("error", failed, true);
  addEventListener("online", function () {
    if (message.isShown() && !typed) location.reload();
  });
  addEventListener("input", function () { typed = true; }, true);
  var slow = setTimeout(function () {
    /** @type {NodeListOf<HTMLLinkElement>} */
    var links = document.querySelectorAll("link[rel=stylesheet]");
    for (var i = 0; i < links.length; i++) if (!links[i].sheet) later(links[i]);
    incomplete();
  }, SLOW_MS);
  // Modules run before it; it does not wait for pictures.
  addEventListener("DOMContentLoaded", function () {
    started = true;
    clearTimeout(slow);
    if (!final) message.hide();
    // A guest's page can be read without modules.
    if (!("noModule" in document.createElement("script")) && !document.querySelector("#root :not(noscript)"))
      message.show("這個瀏覽器太舊，無法使用這個頁面。請更新，或改用其他瀏覽器。", "This browser is too old for this page. Please update it, or use another one.");
  });
})(
  (function () {
    /** @type {HTMLElement | undefined} */
    var box;

    /** @param {string} name @param {string} text @param {string} style @param {string} [lang] */
    function element(name, text, style, lang) {
      var made = document.createElement(name);
      made.style.cssText = style;
      made.textContent = text;
      if (lang) made.lang = lang;
      return made;
    }

    /**
     * In both languages, and with a look of its own: neither the texts nor a style sheet may be there.
     * @param {string} zh @param {string} en @param {string} [action]
     */
    function show(zh, en, action) {
      // A file may fail before the parser has come to the body.
      if (!document.body) return void setTimeout(show, 50, zh, en, action);
      if (box) return;
      box = element("div", "", "position:fixed;z-index:9999;left:0;right:0;bottom:0;padding:16px;background:#fff;color:#191c22;border-top:3px solid #b3261e;font:16px/1.5 system-ui,sans-serif;text-align:center");
      box.id = "not-loaded";
      box.setAttribute("role", "alert");
      box.appendChild(element("p", zh, "margin:0", "zh-Hant-TW"));
      box.appendChild(element("p", en, "margin:0 0 8px", "en"));
      if (action) {
        var button = element("button", action, "min-height:44px;padding:0 24px;font:inherit;color:#fff;background:#191c22;border:0;border-radius:8px;cursor:pointer");
        button.onclick = function () { location.reload(); };
        box.appendChild(button);
      }
      document.body.appendChild(box);
    }

    return {
      show: show,
      hide: function () { if (box) box.remove(); },
      isShown: function () { return !!box; },
    };
  })()
);
