import { el, fill, h } from "../shared/dom.js";
import { dictionary } from "../shared/i18n.js";
import { icon } from "../shared/icons.js";
import { every } from "../shared/timing.js";
import texts from "../texts/delivery/sharing-bar.json" with { type: "json" };

const words = dictionary(texts);

const LOOKS = /** @type {const} */ ({
  off: "amber",
  seeking: "blue",
  live: "green",
  buffering: "amber",
  denied: "red",
  unavailable: "red",
});
// The age of the last position changes by itself.
const TICK_MS = 5000;

/**
 * Whether the position is shared, always in sight, and the button for it.
 *
 * @param {import("./sharing.js").Sharing} sharing
 * @param {(time: string) => string} ago
 * @param {AbortSignal} signal ends it
 */
export function shareBar(sharing, ago, signal) {
  const title = el("strong");
  const about = el("span.small");
  const button = h("button.button", { onclick: press });
  // Read out when it changes, and not with every tick.
  const bar = el("section.share.notice", icon("locate"), el("div.grow", h("div", { role: "status" }, title), about), button);

  const on = () => ["seeking", "live", "buffering", "unavailable"].includes(sharing.state);
  function press() {
    if (on()) sharing.stop();
    else sharing.start();
  }
  function draw() {
    const { state, receivedAt, waiting } = sharing;
    bar.className = `share notice ${LOOKS[state]}`;
    bar.dataset.state = state;
    const says = words(state === "buffering" && sharing.answered ? "unanswered" : state);
    if (title.textContent !== says) title.textContent = says;
    const age = receivedAt !== undefined && words("received", { ago: ago(new Date(receivedAt).toISOString()) });
    const left = state === "buffering" && words("waiting", { count: waiting });
    const hint = { off: "off_about", denied: "howto", unavailable: "unavailable_about", seeking: "on_about", live: "", buffering: "" }[state];
    fill(about, [left, on() && age].filter(Boolean).join(" · ") || (hint ? words(/** @type {any} */ (hint)) : words("on_about")));
    fill(button, on() ? words("stop") : words("start"));
  }
  signal.addEventListener("abort", sharing.onChange(draw));
  every(TICK_MS, draw, signal);
  draw();
  return bar;
}
