import { fill } from "./dom.js";
import { failed, loading } from "./notices.js";
import { subscribe } from "./subscribe.js";

/**
 * A list that a channel updates: a skeleton first, then the list, or why it cannot be loaded. What is shown stays while a later
 * load fails: the client tries again by itself.
 *
 * @param {Pick<import("../../realtime/realtime.js").Realtime, "subscribe">} realtime
 * @param {string} channel
 * @param {AbortSignal} signal ends it
 * @param {{
 *   place: Element, lines?: number, load(): Promise<import("../../realtime/listener.js").Snapshot | undefined>, draw(): void,
 *   onEvent: import("../../realtime/listener.js").Handlers["onEvent"],
 * }} list load: undefined where another list was requested meanwhile. draw: puts it into `place`
 * @returns {{reload(): void, restart(): void}} reload: loads it anew behind what is shown. restart: with the skeleton
 */
export function liveList(realtime, channel, signal, { place, lines = 5, load, draw, onEvent }) {
  let shown = false;
  const onReload = async () => {
    try {
      const snapshot = await load();
      if (!snapshot || signal.aborted) return undefined;
      shown = true;
      draw();
      return snapshot;
    } catch (error) {
      if (!signal.aborted && !shown) fill(place, failed(error, restart));
      throw error;
    }
  };
  fill(place, loading(lines));
  const reload = subscribe(realtime, channel, { onReload, onEvent }, signal);

  function restart() {
    shown = false;
    fill(place, loading(lines));
    reload();
  }
  return { reload, restart };
}
