import { config } from "./shared/config.js";
import { el, fill } from "./shared/dom.js";
import { onLanguage } from "./shared/i18n.js";
import { lazy } from "./shared/lazy.js";
import "./shared/more-icons.js";
import { failed, loading } from "./shared/notices.js";
import { pageAt, pagesOf } from "./pages.js";
import { Session } from "./shared/session.js";
import { showSignIn } from "./sign-in.js";
import { allowSound } from "./shared/sound.js";
import "./shared/base.css";
import "./door.css";

/**
 * The console: one document, so that the tokens in memory and the connection live as long as the tab. Signing in takes no
 * more than this module imports; `signed-in.js` and the pages are loaded later.
 */
const root = /** @type {HTMLElement} */ (document.getElementById("root"));
const session = new Session(config.api);

/** @type {typeof import("./signed-in.js") | undefined} */
let signedIn;
/** @type {AbortController | undefined} */
let drawn;

/**
 * Loads what comes after the sign-in, and in the same wave the page that the address names.
 *
 * @param {import("./shared/session.js").Me} [me] where it is known
 */
function load(me) {
  const loaded = lazy("console/signed-in.js", () => import("./signed-in.js"));
  // The shell loads the page as well, and shows why it cannot.
  if (me) void pageAt(pagesOf(me), location.hash).found?.load().catch(() => {});
  return loaded;
}

/** @param {import("./shared/session.js").Me} [me] */
function preload(me) {
  void load(me).catch(() => {});
}

function draw() {
  drawn?.abort();
  drawn = new AbortController();
  try {
    if (!session.me) {
      signedIn?.leave();
      showSignIn(root, session, () => preload());
    } else if (session.me.password_change === "required") {
      signedIn?.leave();
      void changeInitial(session.me, drawn.signal);
    } else if (signedIn) signedIn.show(root, session, session.me, drawn.signal);
    else void enter(session.me, drawn.signal);
  } catch (error) {
    fill(root, door(failed(error, draw)));
  }
}

/** @param {import("./shared/session.js").Me} me @param {AbortSignal} signal */
async function enter(me, signal) {
  fill(root, door(loading()));
  try {
    signedIn = await load(me);
  } catch (error) {
    if (!signal.aborted) fill(root, door(failed(error, draw)));
    return;
  }
  if (!signal.aborted) draw();
}

/** @param {import("./shared/session.js").Me} me @param {AbortSignal} signal */
async function changeInitial(me, signal) {
  fill(root, door(loading()));
  try {
    const { show } = await lazy("console/initial-password.js", () => import("./initial-password.js"));
    if (!signal.aborted) show(root, session, me);
  } catch (error) {
    if (!signal.aborted) fill(root, door(failed(error, draw)));
  }
}

/** @param {import("./shared/dom.js").Child} child */
function door(child) {
  return el("div.door", el("span"), el("main", child));
}

async function start() {
  fill(root, door(loading()));
  /** @type {import("./shared/session.js").Me | undefined} */
  const me = session.recall("me");
  if (me) preload(me);
  try {
    await session.start();
  } catch (error) {
    fill(root, door(failed(error, start)));
    return;
  }
  session.onChange(draw);
  // Here and not in signed-in.js: to send the form is a touch of the page, and on a wall display the only one.
  allowSound();
  onLanguage(draw);
  draw();
}

void start();
