import { h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";

/**
 * A button for a tablet on the wall: the page fills the screen, which stays lit. Undefined where a browser cannot, as
 * on iPhones.
 *
 * @param {{fill: string, leave: string}} labels
 * @param {AbortSignal} signal ends it
 */
export function fullscreenButton(labels, signal) {
  const page = document.documentElement;
  if (!document.fullscreenEnabled) return undefined;
  /** @type {WakeLockSentinel | undefined} */
  let lit;
  const button = h("button.button.wall", { onclick: () => (document.fullscreenElement ? leave() : enter()) });

  const enter = async () => {
    try {
      await page.requestFullscreen({ navigationUI: "hide" });
    } catch {
      // The browser or a policy of the device refuses.
    }
  };
  const leave = () => void document.exitFullscreen();
  const stayLit = async () => {
    // Lost whenever the page is hidden; asked for again when it is back.
    if (!document.fullscreenElement || document.hidden) return;
    try {
      lit = await navigator.wakeLock?.request("screen");
    } catch {
      // With a nearly empty battery the browser refuses.
    }
  };
  const draw = () => {
    const full = document.fullscreenElement !== null;
    button.replaceChildren(icon(full ? "shrink" : "expand"), full ? labels.leave : labels.fill);
    if (full) void stayLit();
    else void lit?.release();
  };

  document.addEventListener("fullscreenchange", draw, { signal });
  document.addEventListener("visibilitychange", stayLit, { signal });
  signal.addEventListener("abort", () => {
    void lit?.release();
    if (document.fullscreenElement) leave();
  });
  draw();
  return button;
}
