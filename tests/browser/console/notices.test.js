/** What a page shows in place of what could not be loaded, in a document that the test looks into. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

class Element extends EventTarget {
  isConnected = true;
  /** @type {(Element | string)[]} */
  children = [];

  setAttribute() {}

  /** @param {(Element | string)[]} children */
  append(...children) {
    this.children.push(...children);
  }

  /** @returns {string} */
  get text() {
    return this.children.map((child) => (typeof child === "string" ? child : child.text)).join("");
  }
}

const network = { onLine: true };
const page = Object.assign(new EventTarget(), { reloads: 0 });
Object.defineProperty(globalThis, "navigator", { value: network, configurable: true });
Object.assign(globalThis, {
  Node: Element,
  document: { documentElement: { lang: "zh-Hant-TW" }, createElement: () => new Element(), createElementNS: () => new Element() },
  location: { reload: () => page.reloads++ },
  addEventListener: page.addEventListener.bind(page),
});

const { failed } = await import("../../../chalicelib/static/console/shared/notices.js");

let tries = 0;
/** @type {any[]} */
let shown = [];
/** @param {unknown} error @returns {any} */
function notice(error) {
  const made = failed(error, () => tries++);
  shown.push(made);
  return made;
}
/** @param {any} made @returns {Element} */
const button = (made) => made.children[0].children.at(-1);
/** @param {any} made */
const press = (made) => button(made).dispatchEvent(new Event("click"));
/** Each test has a module of its own. */
let count = 0;
/** @type {{code: string, module: string}} */
let missing;

beforeEach(() => {
  for (const each of shown) each.isConnected = false;
  shown = [];
  tries = 0;
  page.reloads = 0;
  network.onLine = true;
  missing = { code: "files", module: `m${count++}` };
});

test("what could not be loaded is tried again at a press of the button", () => {
  const made = notice({ code: "unavailable" });
  assert.equal(button(made).text, "再試一次");
  press(made);
  assert.deepEqual([tries, page.reloads], [1, 0]);
});

test("what could not be loaded is tried again when the network is back, if it is still shown", () => {
  notice({ code: "network" });
  notice({ code: "network" }).isConnected = false;
  page.dispatchEvent(new Event("online"));
  assert.equal(tries, 1);
  page.dispatchEvent(new Event("online"));
  assert.equal(tries, 1, "once per notice");
});

test("files are requested again, and after that the page offers to be loaded anew", () => {
  const first = notice(missing);
  assert.match(first.text, /頁面的檔案無法載入/);
  press(first);
  assert.deepEqual([tries, page.reloads], [1, 0]);
  const second = notice(missing);
  assert.equal(button(second).text, "重新載入頁面");
  press(second);
  assert.deepEqual([tries, page.reloads], [1, 1]);
});

test("another page's files are requested again, whatever failed before", () => {
  press(notice(missing));
  assert.equal(button(notice({ code: "files", module: "another" })).text, "再試一次");
});

test("without a network the page is not loaded anew: nothing would answer", () => {
  press(notice(missing));
  network.onLine = false;
  assert.equal(button(notice(missing)).text, "再試一次");
});

test("a fault of the page itself, which may be older than an answer, offers to load the page anew", (t) => {
  t.mock.method(console, "error", () => {});
  const made = notice(new TypeError("answer.items is undefined"));
  assert.equal(button(made).text, "重新載入頁面");
  press(made);
  page.dispatchEvent(new Event("online"));
  assert.deepEqual([tries, page.reloads], [0, 1]);
});
