/** Loading a page's files, with a document that lets the test answer each of them. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

/** @type {Link[]} What is in the head. */
let links = [];

class Link extends EventTarget {
  rel = "";
  href = "";
  "data-lazy" = "no";

  /** @param {"rel" | "href" | "data-lazy"} name @param {string} value */
  setAttribute(name, value) {
    this[name] = value;
  }

  append() {}

  remove() {
    links = links.filter((each) => each !== this);
  }

  /** @param {"load" | "error"} type */
  answer(type) {
    this.dispatchEvent(new Event(type));
  }
}

Object.assign(globalThis, {
  Node: class {},
  document: {
    createElement: () => new Link(),
    querySelector: (/** @type {string} */ selector) => (selector.includes("static") ? { getAttribute: () => "/api/static" } : null),
    head: { append: (/** @type {Link} */ link) => links.push(link) },
  },
});

const { lazy } = await import("../../../chalicelib/static/console/shared/lazy.js");

/** Each test has files of its own: what was loaded once is not loaded again. */
let count = 0;
/** @type {Record<string, string[]>} */
let files;
let prefix = "";

beforeEach(() => {
  links = [];
  prefix = `t${count++}`;
  files = { "console/page.js": [`${prefix}/page.css`, `${prefix}/chunk.js`, `${prefix}/page.js`] };
});

/** @param {string} ending */
function link(ending) {
  const found = links.find(({ href }) => href.endsWith(ending));
  assert.ok(found, `no link to ${ending}`);
  return found;
}

const module = async () => ({ show: "shown" });

/** @param {Promise<unknown>} promise */
async function settled(promise) {
  let state = "waits";
  promise.then(
    () => (state = "resolved"),
    () => (state = "rejected"),
  );
  await new Promise((resolve) => setImmediate(resolve));
  return state;
}

test("all files of a page are requested at once, before its module has arrived", () => {
  /** @type {string[]} */
  let before = [];
  void lazy("console/page.js", () => {
    before = links.map(({ rel, href }) => `${rel} ${href}`);
    return new Promise(() => {});
  }, files);
  assert.deepEqual(before, [
    `stylesheet /api/static/${prefix}/page.css`,
    `modulepreload /api/static/${prefix}/chunk.js`,
    `modulepreload /api/static/${prefix}/page.js`,
  ]);
});

test("a page is there when its styles are", async () => {
  const loaded = lazy("console/page.js", module, files);
  assert.equal(await settled(loaded), "waits");
  link(".css").answer("load");
  assert.deepEqual(await loaded, { show: "shown" });
});

test("a page whose styles cannot be loaded is not there, and can be tried again", async () => {
  const failed = lazy("console/page.js", module, files);
  link(".css").answer("error");
  await assert.rejects(failed, (/** @type {any} */ error) => error.code === "files" && /page\.css/.test(error.cause.message));
  const again = lazy("console/page.js", module, files);
  assert.equal(links.filter(({ rel }) => rel === "stylesheet").length, 1);
  link(".css").answer("load");
  assert.deepEqual(await again, { show: "shown" });
});

test("a page whose module cannot be loaded is not there, whatever became of its styles", async () => {
  const loaded = lazy("console/page.js", () => Promise.reject(new TypeError("no module")), files);
  link(".css").answer("load");
  await assert.rejects(loaded, (/** @type {any} */ error) => error.code === "files" && /no module/.test(error.cause.message));
});

test("the page's own script leaves the report of such styles to this one", () => {
  void lazy("console/page.js", module, files);
  assert.equal(link(".css")["data-lazy"], "");
});

test("a chunk that could not be preloaded is preloaded again by the next try", async () => {
  void lazy("console/page.js", () => new Promise(() => {}), files);
  link("chunk.js").answer("error");
  void lazy("console/page.js", () => new Promise(() => {}), files);
  assert.equal(links.filter(({ href }) => href.endsWith("chunk.js")).length, 1);
});

test("a file that two pages need is requested once", async () => {
  files["console/other.js"] = [`${prefix}/page.css`, `${prefix}/chunk.js`, `${prefix}/other.js`];
  const both = Promise.all([lazy("console/page.js", module, files), lazy("console/other.js", module, files)]);
  assert.equal(links.length, 4);
  link(".css").answer("load");
  await both;
});

test("in the source tree, where no file is known, the module alone is loaded", async () => {
  assert.deepEqual(await lazy("console/page.js", module), { show: "shown" });
  assert.equal(links.length, 0);
});
