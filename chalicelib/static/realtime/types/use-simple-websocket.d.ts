/**
 * The simple frontend's hook, on the shared connection. Call `configure` first.
 *
 * @param {(event: any) => void} [handleEvent] receives each message in the format `standard`; may be a new one with each render
 * @returns what such a frontend uses of a WebSocket
 */
export function useSimpleWebSocket(handleEvent?: (event: any) => void): {
    /** `WebSocket.OPEN`, or `WebSocket.CONNECTING` while it is on its way back. */
    readyState: number;
    send: (text: string) => void;
    close: () => void;
};
export { configure };
import { configure } from "./shared.js";
