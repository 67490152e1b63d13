/** The service worker in a browser of the test's own: caches, the HTTP cache and the server are maps. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { runInNewContext } from "node:vm";

const ORIGIN = "https://gas.example";
const CONSOLE = `${ORIGIN}/api/console`;
const STATIC = `${ORIGIN}/api/static`;
const PRESENT = readFileSync(new URL("../../../chalicelib/static/console/offline-worker.js", import.meta.url), "utf8");
/** What phones have that opened the console before files had hashes in their names. */
const FORMER = readFileSync(new URL("./former-offline-worker.js.txt", import.meta.url), "utf8");

/** @param {string} version @param {string[]} [later] files that are loaded later */
function page(version, later = [`console/driver-${version}.js`]) {
  const start = `console/start-${version}.js`;
  const meta = JSON.stringify({ "console/driver.js": later }).replaceAll('"', "&quot;");
  const document = `<meta name="files" content="${meta}"><script type="module" src="/api/static/${start}"></script>`;
  const paths = [start, ...later];
  return { document, paths, message: { version: `/api/static/${start}`, files: paths.map((path) => `${STATIC}/${path}`) } };
}

/** A page from before files were built, all of whose files lay in one folder. */
function formerPage() {
  const folder = "/api/static/0123456789abcdef/";
  const files = [`${ORIGIN}${folder}console/start.js`, `${ORIGIN}${folder}console/dom.js`];
  return { document: `<script type="module" src="${folder}console/start.js"></script>`, message: { version: folder, files } };
}

class Phone {
  /** @type {Map<string, string>} What the server has. */
  server = new Map();
  /** @type {Map<string, string>} The browser's own cache. */
  httpCache = new Map();
  /** @type {Map<string, string>} The worker's, which outlives it. */
  stored = new Map();
  /** @type {string[]} */
  requested = [];
  isOnline = true;
  /** Of the document; 0: what the server has. */
  refusal = 0;
  /** @type {Record<string, (event: any) => void>} */
  #handlers = {};

  /** @param {string} source of a worker */
  install(source) {
    this.#handlers = {};
    const cache = {
      keys: async () => [...this.stored.keys()].map((url) => ({ url })),
      put: async (/** @type {string} */ url, /** @type {Response} */ response) => void this.stored.set(url, await response.text()),
      addAll: async (/** @type {string[]} */ urls) => {
        const found = await Promise.all(urls.map(async (url) => /** @type {const} */ ([url, await this.#fetch(url)])));
        for (const [url, response] of found) if (!response.ok) throw new TypeError(`${url} ${response.status}`);
        for (const [url, response] of found) this.stored.set(url, await response.text());
      },
      delete: async (/** @type {string} */ url) => this.stored.delete(url),
    };
    const self = {
      registration: { scope: CONSOLE },
      addEventListener: (/** @type {string} */ type, /** @type {(event: any) => void} */ handler) => (this.#handlers[type] = handler),
    };
    const match = async (/** @type {string | {url: string}} */ request) => {
      const found = this.stored.get(typeof request === "string" ? request : request.url);
      return found === undefined ? undefined : new Response(found);
    };
    const fetch = (/** @type {string | {url: string}} */ request, /** @type {RequestInit} */ how) =>
      this.#fetch(typeof request === "string" ? request : request.url, how);
    runInNewContext(source, { self, caches: { open: async () => cache, match }, fetch, URL, AbortSignal, Set, Promise });
  }

  /** @param {string} url @param {RequestInit} [how] */
  async #fetch(url, { cache = "default" } = {}) {
    const known = this.httpCache.get(url);
    if (known !== undefined && (cache === "force-cache" || (cache === "default" && url !== CONSOLE))) return new Response(known);
    this.requested.push(url);
    if (!this.isOnline) throw new TypeError("Failed to fetch");
    if (this.refusal && url === CONSOLE) return new Response("", { status: this.refusal });
    const found = this.server.get(url);
    if (found === undefined) return new Response("", { status: 404 });
    this.httpCache.set(url, found);
    return new Response(found);
  }

  /** @param {{document: string, paths: string[]}} version */
  deploy({ document, paths }) {
    this.server.set(CONSOLE, document);
    for (const path of paths) this.server.set(`${STATIC}/${path}`, path);
  }

  /** Opens the console as a person does, whatever is there by now. @param {string[]} [paths] of files that it loads */
  async open(paths = []) {
    const document = await this.answer(CONSOLE, "navigate");
    for (const path of paths) await this.answer(`${STATIC}/${path}`);
    return document;
  }

  /** @param {string} url @param {string} [mode] */
  async answer(url, mode = "cors") {
    /** @type {Promise<Response> | undefined} */
    let answered;
    this.#handlers.fetch?.({ request: { url, mode, method: "GET" }, respondWith: (/** @type {Promise<Response>} */ response) => (answered = response) });
    const response = await (answered ?? this.#fetch(url));
    return response.ok ? response.text() : `status ${response.status}`;
  }

  /** @param {unknown} data */
  async tell(data) {
    /** @type {Promise<unknown> | undefined} */
    let work;
    this.#handlers.message?.({ data, waitUntil: (/** @type {Promise<unknown>} */ promise) => (work = promise) });
    await work;
  }
}

test("a page that was opened once opens without a network, with what it loads later", async () => {
  const phone = new Phone();
  const one = page("ONE");
  phone.deploy(one);
  phone.install(PRESENT);
  await phone.open(one.paths.slice(0, 1));
  await phone.tell(one.message);
  phone.isOnline = false;
  phone.httpCache.clear();
  assert.equal(await phone.open(), one.document);
  for (const path of one.paths) assert.equal(await phone.answer(`${STATIC}/${path}`), path);
});

for (const refusal of [429, 503]) {
  test(`a page that was stored opens when the server refuses the document with ${refusal}`, async () => {
    const phone = new Phone();
    const one = page("ONE");
    phone.deploy(one);
    phone.install(PRESENT);
    await phone.open();
    await phone.tell(one.message);
    phone.refusal = refusal;
    assert.equal(await phone.open(), one.document);
  });
}

test("what the browser has loaded already is not downloaded again", async () => {
  const phone = new Phone();
  const one = page("ONE");
  phone.deploy(one);
  phone.install(PRESENT);
  await phone.open(one.paths);
  phone.requested = [];
  await phone.tell(one.message);
  assert.deepEqual(phone.requested, []);
  assert.equal(phone.stored.size, 3);
});

test("another version takes the place of the stored one when it is opened, file by file what is new", async () => {
  const phone = new Phone();
  const one = page("ONE", ["console/driver-A.js", "chunks/same.js"]);
  const two = page("TWO", ["console/driver-B.js", "chunks/same.js"]);
  phone.deploy(one);
  phone.install(PRESENT);
  await phone.open(one.paths);
  await phone.tell(one.message);
  phone.deploy(two);
  assert.equal(await phone.open(two.paths), two.document, "the network goes first");
  await phone.tell(two.message);
  assert.deepEqual([...phone.stored.keys()].sort(), [CONSOLE, ...two.message.files].sort());
  assert.equal(phone.stored.get(CONSOLE), two.document);
});

test("a version whose files cannot be loaded leaves the stored one as it is", async () => {
  const phone = new Phone();
  const one = page("ONE");
  const two = page("TWO");
  phone.deploy(one);
  phone.install(PRESENT);
  await phone.open(one.paths);
  await phone.tell(one.message);
  phone.deploy(two);
  phone.server.delete(`${STATIC}/console/driver-TWO.js`);
  await phone.open(two.paths.slice(0, 1));
  await assert.rejects(phone.tell(two.message));
  phone.isOnline = false;
  assert.equal(await phone.open(), one.document);
  for (const path of one.paths) assert.equal(await phone.answer(`${STATIC}/${path}`), path);
});

test("a tab of an older version does not bring that back", async () => {
  const phone = new Phone();
  const one = page("ONE");
  const two = page("TWO");
  phone.deploy(one);
  phone.install(PRESENT);
  await phone.open(one.paths);
  phone.deploy(two);
  await phone.open(two.paths);
  await phone.tell(two.message);
  await phone.tell(one.message);
  await phone.tell(formerPage().message);
  assert.deepEqual([...phone.stored.keys()].sort(), [CONSOLE, ...two.message.files].sort());
});

test("the former worker stores a page of today whole", async () => {
  const phone = new Phone();
  const { document, message } = formerPage();
  for (const url of message.files) phone.server.set(url, url);
  phone.server.set(CONSOLE, document);
  phone.install(FORMER);
  await phone.open();
  await phone.tell(message);
  assert.equal(phone.stored.get(CONSOLE), document);
  const one = page("ONE");
  phone.deploy(one);
  await phone.open(one.paths);
  await phone.tell(one.message);
  assert.deepEqual([...phone.stored.keys()].sort(), [CONSOLE, ...one.message.files].sort());
});

test("what the former worker has stored opens without a network until a page of today is stored", async () => {
  const phone = new Phone();
  const { document, message } = formerPage();
  for (const url of [CONSOLE, ...message.files]) phone.server.set(url, url === CONSOLE ? document : url);
  phone.install(FORMER);
  await phone.open();
  await phone.tell(message);
  phone.install(PRESENT);
  phone.isOnline = false;
  phone.httpCache.clear();
  assert.equal(await phone.open(), document);
  for (const url of message.files) assert.equal(await phone.answer(url), url);
  phone.isOnline = true;
  const one = page("ONE");
  phone.deploy(one);
  await phone.open(one.paths);
  await phone.tell(one.message);
  assert.deepEqual([...phone.stored.keys()].sort(), [CONSOLE, ...one.message.files].sort());
});

test("a page asks for the files that its document names and for all that a driver may open", async () => {
  const tags = [
    { href: "/api/static/console/start-A.css" },
    { href: "/api/static/chunks/both-B.js" },
    { src: "/api/static/console/start-C.js" },
    { src: "chrome-extension://x/inject.js" },
  ].map((attributes) => ({ getAttribute: (/** @type {"href" | "src"} */ name) => /** @type {any} */ (attributes)[name] ?? null }));
  /** @type {Record<string, unknown>} */
  const metas = { "meta[name=\"static\"]": { getAttribute: () => "/api/static" }, "script[type=module]": tags[2] };
  Object.assign(globalThis, {
    Node: class {},
    document: { baseURI: CONSOLE, querySelector: (/** @type {string} */ selector) => metas[selector] ?? null, querySelectorAll: () => tags, documentElement: {} },
  });
  Object.defineProperty(globalThis, "localStorage", { value: { getItem: () => null }, configurable: true });
  const { offlineFiles } = await import("../../../chalicelib/static/console/delivery/offline.js");
  const { PAGES } = await import("../../../chalicelib/static/console/pages.js");
  const modules = PAGES.filter(({ roles }) => roles.includes("driver")).map(({ load }) => /lazy\("([^"]+)"/.exec(String(load))?.[1] ?? "");
  assert.ok(modules.length > 1);
  const files = Object.fromEntries([...modules, "console/signed-in.js", "console/office/orders.js"].map((module) => [module, [`built/${module}`, "chunks/both-B.js"]]));
  const { version, files: wanted } = offlineFiles({ files });
  assert.equal(version, "/api/static/console/start-C.js");
  assert.deepEqual(
    wanted.map((url) => url.replace(`${STATIC}/`, "")).sort(),
    ["console/start-A.css", "chunks/both-B.js", "console/start-C.js", "built/console/signed-in.js", ...modules.map((module) => `built/${module}`)].sort(),
  );
});
