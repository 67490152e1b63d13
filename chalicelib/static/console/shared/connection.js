import { el, h } from "./dom.js";
import { language } from "./i18n.js";
import { icon } from "./icons.js";
import { words } from "./words.js";
import { REASON_TEXTS, STATE_TEXTS } from "../../realtime/realtime.js";

// A connection that is back within this time was never worth a word.
const PATIENCE_MS = 3000;

/** @type {Readonly<Record<import("../../realtime/realtime.js").State, string>>} */
const COLOURS = {
  idle: "grey",
  connecting: "amber",
  live: "green",
  polling: "blue",
  offline: "red",
  signed_out: "grey",
  closed: "red",
};

/**
 * Whether what is shown is up to date: by a connection, or by asking every few seconds.
 *
 * @param {import("../../realtime/realtime.js").State} state
 */
export function isUpToDate(state) {
  return state === "live" || state === "polling";
}

/**
 * How the connection is: a badge that is always there, and a banner when what is shown may be old.
 *
 * @param {import("../../realtime/realtime.js").Realtime} realtime
 * @param {AbortSignal} signal ends it
 */
export function connectionState(realtime, signal) {
  const text = el("span");
  const badge = h("span.badge.state", { role: "status" }, text);
  const banner = h("div.banner.notice.red", { role: "alert", hidden: true });
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const draw = () => {
    const { state, reason } = realtime;
    badge.className = `badge state ${COLOURS[state]}`;
    badge.dataset.state = state;
    text.textContent = REASON_TEXTS[language()][reason ?? ""] ?? STATE_TEXTS[language()][state];
    clearTimeout(timer);
    if (state === "offline") timer = setTimeout(() => showBanner(words("offline")), PATIENCE_MS);
    else if (state === "closed") showBanner(words(reason === "too_many_connections" ? "tooMany" : "stopped"), true);
    else banner.hidden = true;
    if (reason === "loading") timer = setTimeout(() => showBanner(words("notLoaded")), PATIENCE_MS);
  };
  /** @param {string} message @param {boolean} [again] */
  const showBanner = (message, again = false) => {
    const button = h("button.button", { onclick: () => realtime.start() }, words("connectAgain"));
    banner.replaceChildren(icon("alert"), el("span.grow", message), ...(again ? [button] : []));
    banner.hidden = false;
  };
  const stop = realtime.onState(draw);
  signal.addEventListener("abort", () => {
    stop();
    clearTimeout(timer);
  });
  draw();
  return { badge, banner };
}
