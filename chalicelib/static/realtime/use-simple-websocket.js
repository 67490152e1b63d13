import { useMemo } from "react";
import { configure } from "./shared.js";
import { useSharedSocket } from "./use-websocket.js";

export { configure };

/**
 * The simple frontend's hook, on the shared connection. Call `configure` first.
 *
 * @param {(event: any) => void} [handleEvent] receives each message in the format `standard`; may be a new one with each render
 * @returns what such a frontend uses of a WebSocket
 */
export function useSimpleWebSocket(handleEvent) {
  const { socket, isConnected } = useSharedSocket("standard", (message) => handleEvent?.(message));
  return useMemo(
    () => ({
      /** `WebSocket.OPEN`, or `WebSocket.CONNECTING` while it is on its way back. */
      readyState: isConnected ? 1 : 0,
      send: (/** @type {string} */ text) => socket.send(JSON.parse(text)),
      close: socket.disconnect,
    }),
    [socket, isConnected],
  );
}
