import { Realtime } from "../../realtime/realtime.js";
import { Api, ApiError } from "./api.js";
import { config } from "./config.js";
import { fill } from "./dom.js";
import { onLanguage } from "./i18n.js";
import { loading } from "./notices.js";
import { frame, greet, isRefused, shut, warn } from "./guest-frame.js";
import { GuestSession } from "./guest-session.js";

// As often as the page is renewed where there are no scripts.
const AGAIN_MS = 20_000;

/**
 * @typedef {{
 *   api: Api, realtime: Realtime, signal: AbortSignal,
 *   admission: import("./guest-session.js").Admission,
 *   readable: boolean,
 * }} GuestContext signal: aborts when the page is drawn anew, or shut. readable: `main` has content, which is there until newer
 *   content replaces it
 * @typedef {{
 *   ticket: (code: string) => import("./guest-session.js").Ticket,
 *   format?: "standard" | "restaurant",
 *   visit?: import("../table/table-session.js").TableSession,
 *   over: () => {title: string, text: string},
 *   show: (main: HTMLElement, context: GuestContext) => Promise<void> | void,
 * }} Page visit: of guests who may scan again, in another tab. over: the text where the code is not valid, or no longer.
 *   show: rejects where it has nothing to show
 */

/**
 * Opens the page of a link or a QR code: `/v1/l/{code}` and `/v1/t/{qr}`, which the server fills with content, and the former
 * `/console/track#{code}` and `/console/table#{qr}`, which tabs reload that were opened before.
 *
 * @param {Page} page
 */
export function openGuestPage({ ticket, format = "standard", visit, over, show }) {
  const root = /** @type {HTMLElement} */ (document.getElementById("root"));
  const opened = /\/v1\/[lt]\/([^/]+)/.exec(location.pathname)?.[1];
  const session = new GuestSession(config.api, ticket(opened ?? location.hash.slice(1)), visit ? { visit } : {});
  const api = new Api(config.api, session);
  const realtime = new Realtime({
    url: config.websocket,
    eventsUrl: `${config.api}/v1/events`,
    token: (why) => session.token(why),
    format,
  });
  /** @type {AbortController | undefined} */
  let drawn;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let again;

  async function draw() {
    clearTimeout(again);
    drawn?.abort();
    drawn = new AbortController();
    const { signal } = drawn;
    const readable = root.querySelector("main") !== null;
    try {
      const admission = await session.open();
      if (signal.aborted) return;
      const main = frame(root, { name: admission.tenant.name, realtime, signal });
      realtime.start();
      await show(main, { api, realtime, admission, signal, readable });
    } catch (error) {
      if (signal.aborted) return;
      drawn.abort();
      if (!readable || isRefused(error)) return shut(root, error, retry, over());
      warn(root, error, draw);
      again = setTimeout(draw, AGAIN_MS);
    }
  }

  function retry() {
    fill(root, loading());
    void draw();
  }

  realtime.onState((state, reason) => {
    if (state !== "signed_out" && !(state === "closed" && reason?.endsWith("_suspended"))) return;
    drawn?.abort();
    shut(root, new ApiError(state === "closed" ? 403 : 401, { code: reason ?? "link_over" }), retry, over());
  });
  onLanguage(draw);
  if (opened === undefined) {
    // The same tab, another code.
    addEventListener("hashchange", () => location.reload());
    greet();
    retry();
  } else void draw();
}
