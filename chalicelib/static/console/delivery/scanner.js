import { el, h } from "../shared/dom.js";
import { dictionary } from "../shared/i18n.js";
import { icon } from "../shared/icons.js";
import texts from "../texts/delivery/scanner.json" with { type: "json" };

const words = dictionary(texts);

const LOOK_MS = 250;

/**
 * Reads a QR code by the camera, where the browser can; else there is nothing to see.
 *
 * @param {(text: string) => void} found
 * @param {AbortSignal} signal ends it, and lets the camera go
 * @returns {HTMLElement}
 */
export function scanner(found, signal) {
  // Not in TypeScript's library, as not every browser has it.
  const { BarcodeDetector } = /** @type {any} */ (globalThis);
  if (!BarcodeDetector || !navigator.mediaDevices) return h("div", { hidden: true });
  const video = h("video.camera-view", { playsinline: true, muted: true, hidden: true });
  const says = h("p.small.soft", { role: "status" });
  const button = h("button.button", { type: "button", onclick: open }, icon("camera"), words("scan"));
  /** @type {MediaStream | undefined} */
  let stream;

  async function open() {
    button.disabled = true;
    try {
      const detector = new BarcodeDetector({ formats: ["qr_code"] });
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      if (signal.aborted) return close();
      video.srcObject = stream;
      video.hidden = false;
      says.textContent = words("looking");
      await video.play();
      look(detector);
    } catch {
      close();
      says.textContent = words("denied");
    }
  }
  /** @param {any} detector */
  async function look(detector) {
    if (signal.aborted || !stream) return;
    const codes = await detector.detect(video).catch(() => []);
    if (codes.length) {
      found(codes[0].rawValue);
      close();
      says.textContent = words("found");
      navigator.vibrate?.(100);
    } else setTimeout(() => void look(detector), LOOK_MS);
  }
  function close() {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = undefined;
    video.hidden = true;
    button.disabled = false;
  }
  signal.addEventListener("abort", close);
  return el("div.stack", button, video, says);
}
