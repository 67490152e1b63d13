import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { configure, SharedSocket } from "./shared.js";

export { configure };

/**
 * @typedef {{
 *   onMessage?: (message: any) => void,
 *   autoReconnect?: boolean,
 *   reconnectInterval?: number,
 *   maxReconnectAttempts?: number,
 * }} UseWebSocketOptions
 *   onMessage: receives each message in the format `flat`. autoReconnect: with false a lost connection stays
 *   lost, unless another component reconnects. reconnectInterval, maxReconnectAttempts: without effect, as the client waits a random and growing time
 *   and tries again without end.
 * @typedef {{speed?: number | null, heading?: number | null, accuracy?: number | null}} Course as the browser's `coords` has it
 */

/**
 * The guide's hook, on the shared connection. Call `configure` first.
 *
 * @param {UseWebSocketOptions} [options] may be new ones with each render
 */
export function useWebSocket(options = {}) {
  const [lastMessage, setLastMessage] = useState(/** @type {any} */ (null));
  const { socket, isConnected } = useSharedSocket(
    "flat",
    (message) => {
      setLastMessage(message);
      return options.onMessage?.(message);
    },
    options.autoReconnect,
  );
  const [sendLocation] = useState(() => (/** @type {number} */ latitude, /** @type {number} */ longitude, /** @type {Course} */ course = {}) => {
    // Unknown is null in a browser's `coords`, and in some apps -1.
    const known = Object.entries(course).filter(([, value]) => value != null && value >= 0);
    socket.send({ ...Object.fromEntries(known), type: "location_update", latitude, longitude });
  });
  return {
    isConnected,
    lastMessage,
    sendMessage: socket.send,
    subscribe: socket.subscribe,
    sendLocation,
    connect: socket.connect,
    disconnect: socket.disconnect,
  };
}

/**
 * A component's part of the shared connection, from its first effect to its last.
 *
 * @param {import("./shared.js").Format} format
 * @param {(message: any) => unknown} onMessage may be a new one with each render
 * @param {boolean} [reconnects]
 */
export function useSharedSocket(format, onMessage, reconnects = true) {
  const latest = useRef({ onMessage, reconnects });
  useEffect(() => {
    latest.current = { onMessage, reconnects };
  });
  const [store] = useState(() => {
    /** @type {Set<() => void>} */
    const listeners = new Set();
    const socket = new SharedSocket(format, {
      onMessage: (message) => latest.current.onMessage(message),
      onChange: () => listeners.forEach((changed) => changed()),
      reconnects: () => latest.current.reconnects,
    });
    const listen = (/** @type {() => void} */ changed) => {
      listeners.add(changed);
      return () => void listeners.delete(changed);
    };
    return { socket, listen, isConnected: () => socket.isConnected };
  });
  const { socket } = store;
  useEffect(() => {
    socket.connect();
    return socket.disconnect;
  }, [socket]);
  return { socket, isConnected: useSyncExternalStore(store.listen, store.isConnected, () => false) };
}
