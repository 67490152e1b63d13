/** A browser that forbids storage, as Chromium does with all cookies blocked: reading their names throws, and no tab gets a lock. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

for (const name of ["localStorage", "sessionStorage"]) {
  Object.defineProperty(globalThis, name, {
    configurable: true,
    get() {
      throw new DOMException("Access is denied for this document.", "SecurityError");
    },
  });
}
const denied = async () => Promise.reject(new DOMException("The request was denied.", "SecurityError"));
Object.defineProperty(navigator, "locks", { value: { request: denied, query: denied } });
Object.assign(globalThis, { document: { documentElement: { dataset: {} } } });

/** @param {string} path @returns {Promise<any>} */
const served = (path) => import(`../../../chalicelib/static/console/${path}`);

test("a language and a theme can be chosen, for as long as the page", async () => {
  const { language, setLanguage } = await served("shared/i18n.js");
  const { theme, setTheme } = await served("shared/theme.js");
  assert.equal(language(), "zh-TW");
  setLanguage("en");
  setTheme("dark");
  assert.deepEqual([language(), theme()], ["en", "dark"]);
  setLanguage("zh-TW");
});

test("a user who signs in is signed in, until the page is loaded anew", async () => {
  globalThis.fetch = /** @type {any} */ (async () => Response.json({ id: "u1", access_token: "a", refresh_token: "s.r", expires_in: 3600 }));
  const { Session } = await served("shared/session.js");
  const channel = new BroadcastChannel("luckygas.session.blocked");
  const session = new Session("", { tabs: { channel } });
  await session.start();
  assert.equal(session.me, undefined);
  await session.signIn("x", "y");
  assert.equal(session.me?.id, "u1");
  assert.equal(await session.token({ renew: true }), "a");
  session.end();
  channel.close();
});

test("every module that keeps something can be loaded and used", async () => {
  const { Sharing } = await served("delivery/sharing.js");
  const { Cart } = await served("table/cart.js");
  const { GuestSession } = await served("shared/guest-session.js");
  const { Credentials } = await served("socket/credentials.js");
  const { Bell } = await served("shared/bell.js");
  await served("shared/sound.js");
  assert.ok(new Sharing({}, "u1", { geolocation: {} }));
  assert.ok(new Cart("g1"));
  assert.ok(new GuestSession("", { path: "/v1/t", code: {} }));
  assert.ok(new Credentials(""));
  assert.ok(new Bell("bell", { hertz: [880], apart: 0, lasts: 1, volume: 1 }));
});

test("nothing else asks the browser's storage by its name", () => {
  const folder = new URL("../../../chalicelib/static/console/", import.meta.url);
  const modules = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".js"));
  assert.ok(modules.length > 50);
  const asking = modules.filter((path) => {
    const code = readFileSync(new URL(path, folder), "utf8").replace(/\/\*.*?\*\/|^\s*\/\/.*?$/gms, "");
    return /\b(local|session)Storage\b/.test(code);
  });
  // theme-init.js is no module, and catches by itself.
  assert.deepEqual(asking.sort(), ["shared/storage.js", "theme-init.js"]);
});
