/** The script in each page's head, in a document that lets the test decide what fails. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { runInNewContext } from "node:vm";

const source = readFileSync(new URL("../../../chalicelib/static/console/theme-init.js", import.meta.url), "utf8");
const BOTH = ["這個頁面沒有完整載入。", "This page has not loaded completely."];

/** @param {string} tagName */
function element(tagName) {
  return /** @type {any} */ ({
    tagName,
    style: {},
    children: [],
    /** @type {Record<string, string>} */
    attributes: {},
    setAttribute(/** @type {string} */ name, /** @type {string} */ value) {
      this.attributes[name] = value;
    },
    hasAttribute(/** @type {string} */ name) {
      return name in this.attributes;
    },
    appendChild(/** @type {any} */ child) {
      this.children.push(child);
      child.remove = () => this.children.splice(this.children.indexOf(child), 1);
    },
  });
}

/**
 * @param {{modules?: boolean, parsed?: boolean, content?: boolean, language?: string | null}} [browser] modules: it knows them.
 *   parsed: the page has its body. content: the server has filled it. language: chosen earlier
 */
function opened({ modules = true, parsed = true, content = false, language = null } = {}) {
  /** @type {Record<string, ((event: any) => void)[]>} */
  const listeners = {};
  /** @type {Map<number, {act: () => void, ms: number}>} */
  const timers = new Map();
  let timer = 0;
  const body = element("BODY");
  /** @type {any[]} */
  const links = [];
  /** @type {any} */
  const root = Object.assign(element("HTML"), { lang: "as served" });
  const page = { reloads: 0, root, body, links, fire, pass, parse: () => (document.body = body) };
  const document = {
    documentElement: root,
    body: parsed ? body : null,
    querySelectorAll: () => links,
    querySelector: () => (content ? {} : null),
    createElement: (/** @type {string} */ name) => (name === "script" && modules ? { noModule: false } : element(name.toUpperCase())),
  };
  /** Lets all timers up to so many milliseconds act. @param {number} most */
  function pass(most) {
    for (const [id, { act, ms }] of [...timers]) if (ms <= most && timers.delete(id)) act();
  }
  /** @param {string} type @param {any} [event] */
  function fire(type, event = {}) {
    for (const listener of listeners[type] ?? []) listener({ type, ...event });
  }
  runInNewContext(source, {
    document,
    location: { reload: () => page.reloads++ },
    addEventListener: (/** @type {string} */ type, /** @type {any} */ listener) => (listeners[type] ??= []).push(listener),
    setTimeout: (/** @type {any} */ act, /** @type {number} */ ms, /** @type {any[]} */ ...values) => {
      timers.set(++timer, { act: () => act(...values), ms });
      return timer;
    },
    clearTimeout: (/** @type {number} */ id) => timers.delete(id),
    localStorage: { getItem: (/** @type {string} */ name) => (name === "luckygas.language" ? language : null) },
  });
  return page;
}

/** What is shown, the button last. @param {{body: any}} page @returns {string[]} */
const shown = ({ body }) => body.children.flatMap((/** @type {any} */ box) => box.children.map((/** @type {any} */ each) => each.textContent));
const script = { ...element("SCRIPT"), src: "https://gas.example/api/static/console/start-A1.js" };
const styles = { ...element("LINK"), rel: "stylesheet", href: "https://gas.example/api/static/console/start-A1.css" };

for (const [name, target] of Object.entries({ script, styles }))
  test(`a file of ours that cannot be loaded is reported in both languages: ${name}`, () => {
    const page = opened();
    page.fire("error", { target });
    assert.deepEqual(shown(page), [...BOTH, "再試一次 Try again"]);
    assert.deepEqual(page.body.children[0].attributes, { role: "alert" });
  });

test("several files that cannot be loaded are one message", () => {
  const page = opened();
  page.fire("error", { target: script });
  page.fire("error", { target: styles });
  assert.equal(page.body.children.length, 1);
});

test("the button loads the page again", () => {
  const page = opened();
  page.fire("error", { target: script });
  page.body.children[0].children.at(-1).onclick();
  assert.equal(page.reloads, 1);
});

test("the page is loaded again when the network is back", () => {
  const page = opened();
  page.fire("online");
  assert.equal(page.reloads, 0);
  page.fire("error", { target: script });
  page.fire("online");
  assert.equal(page.reloads, 1);
});

test("what was typed is not lost when the network is back", () => {
  const page = opened();
  page.fire("error", { target: styles });
  page.fire("input");
  page.fire("online");
  assert.equal(page.reloads, 0);
});

test("a module that throws at the start is reported", () => {
  const page = opened();
  page.fire("error", { target: {}, filename: script.src });
  assert.deepEqual(shown(page).slice(0, 2), BOTH);
});

test("an exception after the start is not reported: the page is there", () => {
  const page = opened();
  page.fire("DOMContentLoaded");
  page.fire("error", { target: {}, filename: script.src });
  assert.deepEqual(shown(page), []);
});

/** @type {Record<string, any>} */
const harmless = {
  "the icon": { ...element("LINK"), rel: "icon", href: "https://gas.example/api/static/console/icon.svg" },
  "a preload, which is loaded again when it is needed": { ...styles, rel: "modulepreload" },
  "a map tile": { ...element("IMG"), src: "https://tiles.example/1/2/3.png" },
  "an extension's script": { ...script, src: "chrome-extension://abc/inject.js" },
  "styles that lazy.js reports": { ...styles, attributes: { "data-lazy": "" } },
};
for (const [name, target] of Object.entries(harmless))
  test(`a failure that leaves the page whole is not reported: ${name}`, () => {
    const page = opened();
    page.fire("error", { target });
    assert.deepEqual(shown(page), []);
  });

test("an extension's exception is not reported", () => {
  const page = opened();
  page.fire("error", { target: {}, filename: "chrome-extension://abc/inject.js" });
  page.fire("error", { target: {}, filename: "" });
  assert.deepEqual(shown(page), []);
});

test("a file that fails before the page has a body is reported when it has one", () => {
  const page = opened({ parsed: false });
  page.fire("error", { target: styles });
  page.pass(50);
  assert.deepEqual(shown(page), []);
  page.parse();
  page.pass(50);
  assert.deepEqual(shown(page).slice(0, 2), BOTH);
});

test("a page whose files hang says so after ten seconds, and no longer when they have arrived", () => {
  const page = opened();
  page.pass(10_000);
  assert.deepEqual(shown(page), [...BOTH, "再試一次 Try again"]);
  page.fire("DOMContentLoaded");
  assert.deepEqual(shown(page), []);
});

test("a page that has started does not say so, whatever pictures are still on their way", () => {
  const page = opened();
  page.fire("DOMContentLoaded");
  page.pass(10_000);
  assert.deepEqual(shown(page), []);
});

test("a style sheet that hangs does not keep the message from being painted, and applies when it arrives", () => {
  const page = opened();
  /** @type {any[]} */
  const [hanging, arrived] = [{ sheet: null }, { sheet: {} }];
  page.links.push(hanging, arrived);
  page.pass(10_000);
  assert.deepEqual([hanging.media, arrived.media], ["print", undefined]);
  hanging.onload();
  assert.equal(hanging.media, "all");
});

test("a file that could not be loaded is reported until the page is loaded again", () => {
  const page = opened();
  page.fire("error", { target: styles });
  page.fire("DOMContentLoaded");
  assert.deepEqual(shown(page).slice(0, 2), BOTH);
});

test("a browser that knows no modules is too old, and loading again would not help", () => {
  const page = opened({ modules: false });
  page.fire("DOMContentLoaded");
  assert.deepEqual(shown(page), [
    "這個瀏覽器太舊，無法使用這個頁面。請更新，或改用其他瀏覽器。",
    "This browser is too old for this page. Please update it, or use another one.",
  ]);
});

test("what the server has written can be read without modules", () => {
  const page = opened({ modules: false, content: true });
  page.fire("DOMContentLoaded");
  assert.deepEqual(shown(page), []);
});

test("the page's language is the chosen one, or else the server's", () => {
  assert.equal(opened({ language: "en" }).root.lang, "en");
  assert.equal(opened({ language: "zh-TW" }).root.lang, "zh-Hant-TW");
  assert.equal(opened().root.lang, "as served");
});

test("the script is written for browsers that are too old for the others", () => {
  assert.doesNotMatch(source.replace(/\/\*[^]*?\*\/|\/\/.*$/gm, ""), /=>|`|\?\.|\?\?|\b(let|const|class|async)\b|\.\.\./);
});
