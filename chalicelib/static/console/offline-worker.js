/**
 * A service worker: opens the console without a network. It keeps one version of what a page has loaded, once that page
 * has asked for it, and nothing of anybody: no answer of the API is ever kept here. Where there is a network, that goes
 * first. Not a module, for Firefox's sake.
 */
const KEPT = "luckygas.console";
// In a stairwell a request hangs rather than fails; whoever stands there looks at a white page.
const PATIENCE_MS = 4000;

/** @type {any} This file is checked as a page's. */
const worker = self;
/** @type {string} The document that is opened. */
const CONSOLE = worker.registration.scope;

worker.addEventListener("install", () => worker.skipWaiting());
worker.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(worker.clients.claim()));
worker.addEventListener("message", (/** @type {any} */ event) => event.waitUntil(keep(event.data)));
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
    return response.status >= 500 ? old : response;
  } catch {
    return old;
  }
}

/** @param {Request} request */
async function file(request) {
  return (await caches.match(request)) ?? fetch(request);
}

/**
 * Keeps a version whole, or not at all: the document comes last, and only then goes what belonged to another.
 *
 * @param {{version: string, files: string[]}} wanted version: where its files lie. files: their addresses
 */
async function keep({ version, files }) {
  const kept = await caches.open(KEPT);
  const known = new Set((await kept.keys()).map(({ url }) => url));
  await kept.addAll(files.filter((url) => !known.has(url)));
  const document = await fetch(CONSOLE, { cache: "no-cache" });
  // Another version was deployed since the page was opened: that is kept when it is opened.
  if (!document.ok || !(await document.clone().text()).includes(version)) return;
  await kept.put(CONSOLE, document);
  const wanted = new Set([...files, CONSOLE]);
  await Promise.all([...known].filter((url) => !wanted.has(url)).map((url) => kept.delete(url)));
}
