import { Realtime } from "../realtime/realtime.js";
import { AnnouncementStore } from "./announcement-store.js";
import { Api } from "./api.js";
import { config } from "./config.js";
import { fill, h } from "./dom.js";
import { onLanguage } from "./i18n.js";
import { failed, loading } from "./notices.js";
import { Session } from "./session.js";
import { showShell } from "./shell.js";
import { showSignIn } from "./sign-in.js";
import { allowSound } from "./sound.js";

/** The console: one document, so that the tokens in memory and the connection live as long as the tab. */
const root = /** @type {HTMLElement} */ (document.getElementById("root"));
const session = new Session(config.api);
const api = new Api(config.api, session);

/** @type {Realtime | undefined} Of whoever is signed in. */
let realtime;
/** @type {AnnouncementStore | undefined} */
let store;
/** @type {string | undefined} */
let whose;
/** @type {AbortController | undefined} */
let drawn;

/** Draws what there is to see, and connects or disconnects. */
function draw() {
  const { me } = session;
  drawn?.abort();
  drawn = new AbortController();
  if (whose !== me?.id) {
    store?.stop();
    realtime?.stop();
    realtime = me && connected(me);
    store = me && realtime && new AnnouncementStore(realtime, session, me);
    whose = me?.id;
  }
  if (me && realtime && store) showShell(root, { me, api, session, realtime, store }, drawn.signal);
  else showSignIn(root, session);
}

/** @param {import("./session.js").Me} me */
function connected({ tenant }) {
  const connection = new Realtime({
    url: config.websocket,
    eventsUrl: `${config.api}/v1/events`,
    token: (why) => session.token(why),
    // A kitchen gets the whole order with each event.
    format: tenant.kind === "table" ? "restaurant" : "standard",
    onError: unlessLeft,
  });
  connection.onState((state, reason) => {
    if (state === "signed_out" || reason?.endsWith("_suspended")) void verified(connection, reason);
  });
  connection.start();
  return connection;
}

/** A list that was on its way when its page was left is nobody's fault. @param {unknown} error */
function unlessLeft(error) {
  if (!(error instanceof DOMException && error.name === "AbortError")) console.error(error);
}

/**
 * The socket says that the session has ended. It may speak of one that a new password has replaced already.
 *
 * @param {Realtime} connection
 * @param {string | undefined} reason
 */
async function verified(connection, reason) {
  try {
    await session.token({ renew: true });
  } catch (error) {
    const { status } = /** @type {{status?: number}} */ (error);
    if (status === 401 || status === 403) return session.end(reason);
  }
  if (connection === realtime) connection.start();
}

async function start() {
  fill(root, h("div", { class: "door" }, h("span", {}), h("main", {}, loading())));
  try {
    await session.start();
  } catch (error) {
    fill(root, h("div", { class: "door" }, h("span", {}), h("main", {}, failed(error, start))));
    return;
  }
  session.onChange(draw);
  allowSound();
  onLanguage(draw);
  draw();
}

void start();
