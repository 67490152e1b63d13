import { config } from "../shared/config.js";
import { FILES } from "../shared/lazy.js";

// The same address in all versions, so that an old page registers no old worker.
const WORKER = "latest/console/offline-worker.js";
/** What a driver's day may load after the sign-in. */
const MODULES = ["console/signed-in.js", "console/delivery/driver.js", "console/account.js"];

/**
 * Registers the service worker, so that the console opens without a network. Old browsers and private windows have none:
 * there it needs a network.
 */
export async function opensOffline() {
  try {
    await navigator.serviceWorker.register(`${config.static}/${WORKER}`, { scope: `${config.api}/console` });
    const { active } = await navigator.serviceWorker.ready;
    active?.postMessage(offlineFiles());
  } catch {
    // There is no service worker.
  }
}

/**
 * What the worker should store: the files that the document names, and those that a driver's day loads later.
 *
 * @param {{files?: Readonly<Record<string, readonly string[]>>}} [page]
 * @returns {{version: string, files: string[]}} files: addresses. version: the document's script, which only documents of this
 *   version name; workers from before files had hashes look for it
 */
export function offlineFiles({ files = FILES } = {}) {
  const tags = [...document.querySelectorAll("link[rel=stylesheet], link[rel=modulepreload], script[src]")];
  const named = tags.map((tag) => tag.getAttribute("src") ?? tag.getAttribute("href") ?? "").filter((path) => path.startsWith(`${config.static}/`));
  const later = MODULES.flatMap((module) => files[module] ?? []).map((file) => `${config.static}/${file}`);
  const version = document.querySelector("script[type=module]")?.getAttribute("src") ?? "";
  return { version, files: [...new Set([...named, ...later])].map((path) => new URL(path, document.baseURI).href) };
}
