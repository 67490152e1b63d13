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
export const browser: Platform;
/**
 * What the client needs from the browser; tests hand in their own.
 */
export type Clock = {
    now(): number;
    setTimeout(then: () => void, ms: number): unknown;
    clearTimeout(timer: unknown): void;
};
/**
 * What the client needs from the browser; tests hand in their own.
 */
export type Socket = {
    onmessage: ((event: any) => void) | null;
    onclose: ((event: any) => void) | null;
    onerror: ((event: any) => void) | null;
    readonly readyState: number;
    send(text: string): void;
    close(): void;
};
/**
 * What the client needs from the browser; tests hand in their own.
 */
export type Request = {
    method?: string;
    headers: Record<string, string>;
    body?: string;
    signal: AbortSignal;
};
/**
 * What the client needs from the browser; tests hand in their own.
 */
export type Answer = {
    ok: boolean;
    status: number;
    headers: {
        get(name: string): string | null;
    };
    json(): Promise<any>;
};
/**
 * back: the network or the page is there again. away: the network seems to have left
 */
export type Sign = "back" | "away";
/**
 * What the client needs from the browser; tests hand in their own.
 */
export type Platform = {
    WebSocket: new (url: string) => Socket;
    fetch: (url: string, how: Request) => Promise<Answer>;
    clock: Clock;
    random: () => number;
    listen: (wake: (sign: Sign) => void) => () => void;
};
