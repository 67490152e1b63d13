import { useCallback, useEffect, useRef, useSyncExternalStore } from "react";

/**
 * Subscribes to channels while the component is mounted, and returns the connection's state.
 *
 * @param {import("./realtime.js").Realtime} realtime started and stopped by its creator
 * @param {string | readonly string[]} channels
 * @param {import("./listener.js").Handlers} handlers may be new ones with each render; `since` and `epoch` count once
 * @returns {import("./realtime.js").State}
 */
export function useRealtime(realtime, channels, handlers) {
  const latest = useRef(handlers);
  useEffect(() => {
    latest.current = handlers;
  });
  const requested = typeof channels === "string" ? channels : channels.join(" ");
  const reloads = handlers.onReload !== undefined;
  useEffect(() => {
    const { since, epoch } = latest.current;
    /** @type {import("./listener.js").Handlers} One for all channels, so that an event in two of them is delivered once. */
    const steady = {
      since,
      epoch,
      onEvent: (event, channel) => latest.current.onEvent(event, channel),
      onLost: (code, channel) => latest.current.onLost?.(code, channel),
      ...(reloads && { onReload: (channel, how) => latest.current.onReload?.(channel, how) }),
    };
    const stops = requested.split(" ").filter(Boolean).map((channel) => realtime.subscribe(channel, steady));
    return () => stops.forEach((stop) => stop());
  }, [realtime, requested, reloads]);
  // The same function with each render: React subscribes anew for any other.
  const onState = useCallback((/** @type {() => void} */ changed) => realtime.onState(changed), [realtime]);
  return useSyncExternalStore(onState, () => realtime.state, whereNothingConnects);
}

/** The state on a server, and at the first render of a page that comes from one. @returns {import("./realtime.js").State} */
function whereNothingConnects() {
  return "idle";
}
