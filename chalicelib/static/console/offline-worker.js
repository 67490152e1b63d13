/**
 * A service worker: opens the console without a network. It stores one version of the document and its files, once that
 * document has asked for it, and no answer of the API. Where there is a network, that goes first. Not a module, for Firefox's
 * sake.
 */
const CACHE = "luckygas.console";
// In a stairwell a request hangs rather than fails, and the page stays white.
const PATIENCE_MS = 4000;
// Requests: at the limit of the API, a stored page is better than a refusal.
const TOO_MANY = 429;

/** @type {any} This file is checked as a page's. */
const worker = self;
/** @type {string} The document that is opened. */
const CONSOLE = worker.registration.scope;

worker.addEventListener("install", () => worker.skipWaiting());
worker.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(worker.clients.claim()));
worker.addEventListener("message", (/** @type {any} */ event) => event.waitUntil(store(event.data)));
worker.addEventListener("fetch", (/** @type {any} */ event) => {
  /** @type {Request} */
  const request = event.request;
  if (request.method !== "GET") return;
  const { pathname } = new URL(request.url);
  if (request.mode === "navigate") {
    if (pathname === new URL(CONSOLE).pathname) event.respondWith(opened(request));
  } else if (pathname.includes("/static/")) event.respondWith(file(request));
});

/** @param {Request} request */
async function opened(request) {
  const old = await caches.match(CONSOLE);
  if (!old) return fetch(request);
  try {
    const response = await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
    return response.status >= 500 || response.status === TOO_MANY ? old : response;
  } catch {
    return old;
  }
}

/** @param {Request} request */
async function file(request) {
  // A file's name has the hash of its content: it is the same whatever headers it was requested with.
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}

/**
 * Stores a version whole, or not at all: the document comes last, and only then goes what belonged to another.
 *
 * @param {{files: string[]}} message files: addresses of all that the document names
 */
async function store({ files }) {
  // From the browser's cache, since the page was opened a moment ago: neither it nor its files are downloaded again.
  const document = await fetch(CONSOLE, { cache: "force-cache" });
  if (!document.ok) return;
  const text = await document.clone().text();
  // Of another version than the page that asks: that is stored when it is opened.
  if (!files.length || !files.every((url) => text.includes(belowStatic(url)))) return;
  const cache = await caches.open(CACHE);
  const known = new Set((await cache.keys()).map(({ url }) => url));
  await cache.addAll(files.filter((url) => !known.has(url)));
  await cache.put(CONSOLE, document);
  const needed = new Set([...files, CONSOLE]);
  await Promise.all([...known].filter((url) => !needed.has(url)).map((url) => cache.delete(url)));
}

/** `console/start-H4SH.js`, as documents name it. @param {string} url */
function belowStatic(url) {
  return new URL(url).pathname.replace(/^.*?\/static\//, "");
}
