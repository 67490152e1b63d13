import { Realtime } from "../../realtime/realtime.js";
import { Api, ApiError } from "../api.js";
import { config } from "../config.js";
import { fill } from "../dom.js";
import { onLanguage } from "../i18n.js";
import { loading } from "../notices.js";
import { frame, greet, shut } from "./frame.js";
import { GuestSession } from "./session.js";

/**
 * @typedef {{
 *   api: Api, realtime: Realtime, signal: AbortSignal,
 *   admission: import("./session.js").Admission,
 * }} World signal: aborts when the page is drawn anew, or shut
 * @typedef {{
 *   ticket: (code: string) => import("./session.js").Ticket,
 *   format?: "standard" | "restaurant",
 *   visit?: import("./visit.js").Visit,
 *   over: () => {title: string, text: string},
 *   show: (main: HTMLElement, world: World) => void,
 * }} Page visit: of guests who may scan again, in another tab. over: what is said where the code is none, or no longer
 */

/**
 * Opens a page for whoever comes with a code, which stands behind `#`.
 *
 * @param {Page} page
 */
export function openGuestPage({ ticket, format = "standard", visit, over, show }) {
  const root = /** @type {HTMLElement} */ (document.getElementById("root"));
  const session = new GuestSession(config.api, ticket(location.hash.slice(1)), visit ? { visit } : {});
  const api = new Api(config.api, session);
  const realtime = new Realtime({
    url: config.websocket,
    eventsUrl: `${config.api}/v1/events`,
    token: (why) => session.token(why),
    format,
  });
  /** @type {AbortController | undefined} */
  let drawn;

  async function draw() {
    drawn?.abort();
    drawn = new AbortController();
    const { signal } = drawn;
    try {
      const admission = await session.open();
      if (signal.aborted) return;
      const main = frame(root, { name: admission.tenant.name, realtime, signal });
      fill(main, loading());
      realtime.start();
      show(main, { api, realtime, admission, signal });
    } catch (error) {
      if (!signal.aborted) shut(root, error, draw, over());
    }
  }

  realtime.onState((state, reason) => {
    if (state !== "signed_out" && !(state === "closed" && reason?.endsWith("_suspended"))) return;
    drawn?.abort();
    shut(root, new ApiError(state === "closed" ? 403 : 401, { code: reason ?? "link_over" }), draw, over());
  });
  // The same tab, another code.
  addEventListener("hashchange", () => location.reload());
  greet();
  onLanguage(draw);
  fill(root, loading());
  void draw();
}
