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
export function useWebSocket(options?: UseWebSocketOptions): {
    isConnected: boolean;
    lastMessage: any;
    sendMessage: (message: Record<string, any>) => void;
    subscribe: (channel: string) => () => void;
    sendLocation: (latitude: number, longitude: number, course?: Course) => void;
    connect: () => void;
    disconnect: () => void;
};
/**
 * A component's part of the shared connection, from its first effect to its last.
 *
 * @param {import("./shared.js").Format} format
 * @param {(message: any) => unknown} onMessage may be a new one with each render
 * @param {boolean} [reconnects]
 */
export function useSharedSocket(format: import("./shared.js").Format, onMessage: (message: any) => unknown, reconnects?: boolean): {
    socket: SharedSocket;
    isConnected: boolean;
};
export { configure };
/**
 * onMessage: receives each message in the format `flat`. autoReconnect: with false a lost connection stays
 * lost, unless another component reconnects. reconnectInterval, maxReconnectAttempts: without effect, as the client waits a random and growing time
 * and tries again without end.
 */
export type UseWebSocketOptions = {
    onMessage?: (message: any) => void;
    autoReconnect?: boolean;
    reconnectInterval?: number;
    maxReconnectAttempts?: number;
};
/**
 * as the browser's `coords` has it
 */
export type Course = {
    speed?: number | null;
    heading?: number | null;
    accuracy?: number | null;
};
import { SharedSocket } from "./shared.js";
import { configure } from "./shared.js";
