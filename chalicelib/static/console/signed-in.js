import { Realtime } from "../realtime/realtime.js";
import { AnnouncementStore } from "./announcement-store.js";
import { Api } from "./shared/api.js";
import { config } from "./shared/config.js";
import { Shell } from "./shell.js";
import "./shell.css";

/** Of the user who is signed in. @type {{id: string, realtime: Realtime, store: AnnouncementStore} | undefined} */
let connection;

/**
 * Shows the console to a signed-in user. The connection outlives the drawing: it ends with the user's sign-in.
 *
 * @param {HTMLElement} root
 * @param {import("./shared/session.js").Session} session
 * @param {import("./shared/session.js").Me} me
 * @param {AbortSignal} signal ends what is drawn
 */
export function show(root, session, me, signal) {
  if (connection?.id !== me.id) {
    leave();
    const realtime = connected(session, me);
    connection = { id: me.id, realtime, store: new AnnouncementStore(realtime, session, me) };
  }
  const { realtime, store } = connection;
  new Shell({ me, api: new Api(config.api, session), session, realtime, store }, signal).open(root);
}

/** Disconnects. */
export function leave() {
  connection?.store.stop();
  connection?.realtime.stop();
  connection = undefined;
}

/** @param {import("./shared/session.js").Session} session @param {import("./shared/session.js").Me} me */
function connected(session, { tenant }) {
  const realtime = new Realtime({
    url: config.websocket,
    eventsUrl: `${config.api}/v1/events`,
    token: (why) => session.token(why),
    // A kitchen gets the whole order with each event.
    format: tenant.kind === "table" ? "restaurant" : "standard",
    onError: unlessLeft,
  });
  realtime.onState((state, reason) => {
    if (state === "signed_out" || reason?.endsWith("_suspended")) void verified(session, realtime, reason);
  });
  realtime.start();
  return realtime;
}

/** A list that was requested before its page was left is no error. @param {unknown} error */
function unlessLeft(error) {
  if (!(error instanceof DOMException && error.name === "AbortError")) console.error(error);
}

/**
 * Checks whether the session has ended, as the socket reports: it may mean a session that a new password has replaced.
 *
 * @param {import("./shared/session.js").Session} session
 * @param {Realtime} realtime
 * @param {string | undefined} reason
 */
async function verified(session, realtime, reason) {
  let ended = false;
  try {
    await session.token({ renew: true });
  } catch (error) {
    const { status } = /** @type {{status?: number}} */ (error);
    ended = status === 401 || status === 403;
  }
  // Meanwhile the user may have signed out, and be typing into the sign-in form.
  if (realtime !== connection?.realtime) return;
  if (ended) session.end(reason);
  else realtime.start();
}
