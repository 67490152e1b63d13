import { config } from "./config.js";

// The same address in all versions, so that an old page registers no old worker.
const WORKER = new URL("../../latest/console/offline-worker.js", import.meta.url);
const VERSION = new URL("../", import.meta.url);

/**
 * Has the console open without a network from now on, with what this page has loaded. Without a service worker (old
 * browsers, private windows) everything is as it was.
 */
export async function opensOffline() {
  try {
    await navigator.serviceWorker.register(WORKER, { scope: `${config.api}/console` });
    const { active } = await navigator.serviceWorker.ready;
    const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
    const files = [...new Set(loaded.filter((url) => url.startsWith(VERSION.href)))];
    active?.postMessage({ version: VERSION.pathname, files });
  } catch {
    // as it was
  }
}
