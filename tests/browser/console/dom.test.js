import assert from "node:assert/strict";
import { test } from "node:test";

class Node {
  /** @type {unknown[]} */
  children = [];
  /** @type {Record<string, string>} */
  attributes = {};

  /** @param {string} tag */
  constructor(tag) {
    this.tag = tag;
  }

  /** @param {unknown[]} children */
  append(...children) {
    this.children.push(...children);
  }

  /** @param {string} name @param {string} value */
  setAttribute(name, value) {
    this.attributes[name] = value;
  }
}
Object.assign(globalThis, { Node, document: { createElement: (/** @type {string} */ tag) => new Node(tag) } });
const { el, h } = await import("../../../chalicelib/static/console/shared/dom.js");

/** @param {unknown} element @returns {Node} */
const fake = (element) => /** @type {Node} */ (element);

test("classes stand behind the tag, and a class that depends on a value replaces them", () => {
  const { tag, attributes, children } = fake(h("p.notice.red", { role: "alert" }, "no", false, null, 0));
  assert.deepEqual([tag, attributes, children], ["p", { class: "notice red", role: "alert" }, ["no", "0"]]);
  assert.deepEqual(fake(h("span.badge", { class: "badge amber" })).attributes, { class: "badge amber" });
  assert.deepEqual(fake(el("div")).attributes, {});
});

test("data is never taken for attributes", () => {
  const title = /** @type {any} */ ({ href: "https://example.com", onclick: "alert(1)" });
  const { attributes, children } = fake(el("strong", title));
  assert.deepEqual([attributes, children], [{}, ["[object Object]"]]);
});
