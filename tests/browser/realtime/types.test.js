/** The declarations for frontends in TypeScript, which do not look into JavaScript (`allowJs` is off there). */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const CLIENT = fileURLToPath(new URL("../../../chalicelib/static/realtime", import.meta.url));
const BROWSER = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "types-"));
after(() => rmSync(folder, { recursive: true }));

/** @param {string[]} options @returns {string} what it says */
function tsc(...options) {
  const compiler = join(BROWSER, "node_modules/typescript/bin/tsc");
  return spawnSync(process.execPath, [compiler, ...options], { encoding: "utf8" }).stdout;
}

/** @param {string} of */
function contents(of) {
  return Object.fromEntries(readdirSync(of).sort().map((name) => [name, readFileSync(join(of, name), "utf8")]));
}

test("they say what the modules say: if not, `make types` writes them anew", () => {
  const fresh = join(folder, "types");
  assert.equal(tsc("-p", join(BROWSER, "types.tsconfig.json"), "--outDir", fresh), "");
  assert.deepEqual(contents(join(CLIENT, "types")), contents(fresh));
});

const FRONTEND = `
import { useRealtime } from "luckygas-realtime/react";
import { configure as configureSimple, useSimpleWebSocket } from "luckygas-realtime/use-simple-websocket";
import { configure, useWebSocket } from "luckygas-realtime/use-websocket";
import { Realtime, RealtimeError, STATE_TEXTS, type State } from "luckygas-realtime";
import { Realtime as Same } from "https://example.com/api/static/latest/realtime/realtime.js";

const realtime: Realtime = new Same({ url: "wss://example.com/api", token: async ({ renew }) => String(renew) });
const text: string = STATE_TEXTS["zh-TW"][realtime.state];
const stop: () => void = realtime.subscribe("orders", {
  onReload: async () => ({ cursors: { orders: 1 } }),
  onEvent: (event, channel) => console.log(event.id.length, channel.length, text),
});
export function Board(): State {
  return useRealtime(realtime, ["orders"], { onEvent: stop });
}
configure({ url: "wss://example.com/api", token: () => "t" });
configureSimple({ url: "wss://example.com/display/display_0123456789abcdefghij" });
export function Tracking(coords: { speed: number | null; heading: number | null; accuracy: number }): boolean {
  const { isConnected, lastMessage, sendMessage, subscribe, sendLocation, connect, disconnect } = useWebSocket({
    onMessage: (message: { type: string }) => console.log(message.type),
    autoReconnect: true,
    reconnectInterval: 5000,
    maxReconnectAttempts: 5,
  });
  subscribe("order:1");
  sendLocation(25.03, 121.56, coords);
  sendMessage({ type: "ping", last: lastMessage?.type });
  const closing: () => void = isConnected ? disconnect : connect;
  useWebSocket();
  useSimpleWebSocket((event) => console.log(event.type, closing)).close();
  return isConnected;
}
export const code = (error: unknown): string => (error instanceof RealtimeError ? error.code : "");
// @ts-expect-error: there is no such format
new Realtime({ url: "", token: "", format: "xml" });
realtime.subscribe("user:1", { unseen: true, onEvent: (event, channel) => realtime.seen(channel, event.cursors?.[channel] ?? 0) });
// @ts-expect-error: a listener must hear
realtime.subscribe("orders", {});
// @ts-expect-error: the hook has no such option
useWebSocket({ reconnect: true });
// @ts-expect-error: not everything is a state
export const state: State = "connected";
`;

for (const resolution of ["bundler", "nodenext"]) {
  test(`a strict frontend without allowJs has the types (${resolution})`, () => {
    const app = join(folder, resolution);
    mkdirSync(join(app, "node_modules"), { recursive: true });
    symlinkSync(CLIENT, join(app, "node_modules/luckygas-realtime"));
    writeFileSync(join(app, "frontend.ts"), FRONTEND);
    writeFileSync(join(app, "package.json"), '{"type": "module"}');
    const compilerOptions = {
      strict: true,
      noEmit: true,
      target: "es2022",
      lib: ["es2022", "dom"],
      types: [],
      module: resolution === "bundler" ? "esnext" : resolution,
      moduleResolution: resolution,
      paths: { "https://example.com/api/static/latest/realtime/*.js": ["./node_modules/luckygas-realtime/types/*.d.ts"] },
    };
    writeFileSync(join(app, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["frontend.ts"] }));
    assert.equal(tsc("-p", app), "");
  });
}
