/**
 * What the client needs from the browser; tests hand in their own.
 *
 * @typedef {{
 *   now(): number,
 *   setTimeout(then: () => void, ms: number): unknown,
 *   clearTimeout(timer: unknown): void,
 * }} Clock
 * @typedef {{
 *   onmessage: ((event: any) => void) | null,
 *   onclose: ((event: any) => void) | null,
 *   onerror: ((event: any) => void) | null,
 *   readonly readyState: number,
 *   send(text: string): void,
 *   close(): void,
 * }} Socket
 * @typedef {{method?: string, headers: Record<string, string>, body?: string, signal: AbortSignal}} Request
 * @typedef {{ok: boolean, status: number, headers: {get(name: string): string | null}, json(): Promise<any>}} Answer
 * @typedef {"back" | "away"} Sign back: the network or the page is there again. away: the network seems to have left
 * @typedef {{
 *   WebSocket: new (url: string) => Socket,
 *   fetch: (url: string, how: Request) => Promise<Answer>,
 *   clock: Clock,
 *   random: () => number,
 *   listen: (wake: (sign: Sign) => void) => () => void,
 * }} Platform
 */

/** @type {Platform} */
export const browser = {
  // Looked up with each use: a page may be loaded where there is none yet.
  get WebSocket() {
    return globalThis.WebSocket;
  },
  fetch: (url, how) => globalThis.fetch(url, how),
  clock: {
    now: () => Date.now(),
    setTimeout: (then, ms) => setTimeout(then, ms),
    clearTimeout: (timer) => clearTimeout(/** @type {any} */ (timer)),
  },
  random: Math.random,
  listen,
};

/**
 * Calls `wake` whenever the network or the page comes back, or the network seems to have left: then it is time to look
 * whether the connection still lives.
 *
 * @param {(sign: Sign) => void} wake
 * @returns {() => void} stops it
 */
function listen(wake) {
  if (typeof document === "undefined") return () => {};
  const back = () => wake("back");
  const away = () => wake("away");
  const shown = () => document.visibilityState === "visible" && back();
  // pageshow: a page that comes out of the back/forward cache has lost its sockets without a word.
  for (const name of ["online", "pageshow"]) addEventListener(name, back);
  addEventListener("offline", away);
  document.addEventListener("visibilitychange", shown);
  return () => {
    for (const name of ["online", "pageshow"]) removeEventListener(name, back);
    removeEventListener("offline", away);
    document.removeEventListener("visibilitychange", shown);
  };
}
