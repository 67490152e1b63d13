/**
 * Listens to a channel until the page is left, like `listen`, and can begin anew: a list that could not be loaded is asked
 * for again at once, where the client's own tries come ever later.
 *
 * @param {Pick<import("../../realtime/realtime.js").Realtime, "subscribe">} realtime
 * @param {string} channel
 * @param {import("../../realtime/listener.js").Handlers} handlers
 * @param {AbortSignal} signal ends it
 * @returns {() => void} begins anew, with the list
 */
export function subscribe(realtime, channel, handlers, signal) {
  let stop = () => {};
  function begin() {
    stop();
    stop = signal.aborted ? () => {} : realtime.subscribe(channel, handlers);
  }
  signal.addEventListener("abort", () => stop());
  begin();
  return begin;
}
