import { Realtime } from "../../realtime/realtime.js";
import { Api, ApiError } from "../api.js";
import { config } from "../config.js";
import { fill } from "../dom.js";
import { frame, greet, shut } from "../guest/frame.js";
import { GuestSession } from "../guest/session.js";
import { onLanguage } from "../i18n.js";
import { loading } from "../notices.js";
import { follow } from "./order.js";

/** A customer's page: from the link of a text to where the order is. The code stands behind `#`. */
const root = /** @type {HTMLElement} */ (document.getElementById("root"));
const session = new GuestSession(config.api, { path: "/v1/guests/tracking", code: { code: location.hash.slice(1) } });
const api = new Api(config.api, session);
const realtime = new Realtime({ url: config.websocket, token: (why) => session.token(why) });

/** @type {AbortController | undefined} */
let drawn;

async function draw() {
  drawn?.abort();
  drawn = new AbortController();
  const { signal } = drawn;
  try {
    const { tenant, order_id: id } = await session.open();
    if (signal.aborted) return;
    const main = frame(root, { name: tenant.name, realtime, signal });
    fill(main, loading());
    realtime.start();
    follow(main, { api, realtime, tenant, id, signal });
  } catch (error) {
    if (!signal.aborted) shut(root, error, draw);
  }
}

realtime.onState((state, reason) => {
  // Looking ends a day after the order does.
  if (state !== "signed_out" && !(state === "closed" && reason?.endsWith("_suspended"))) return;
  drawn?.abort();
  shut(root, new ApiError(state === "closed" ? 403 : 401, { code: reason ?? "link_over" }), draw);
});
// The same tab, another text's link.
addEventListener("hashchange", () => location.reload());
greet();
onLanguage(draw);
fill(root, loading());
void draw();
