/**
 * Subscribes to channels while the component is mounted, and returns the connection's state.
 *
 * @param {import("./realtime.js").Realtime} realtime started and stopped by its creator
 * @param {string | readonly string[]} channels
 * @param {import("./listener.js").Handlers} handlers may be new ones with each render; `since` and `epoch` count once
 * @returns {import("./realtime.js").State}
 */
export function useRealtime(realtime: import("./realtime.js").Realtime, channels: string | readonly string[], handlers: import("./listener.js").Handlers): import("./realtime.js").State;
