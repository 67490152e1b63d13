import { el, h } from "../shared/dom.js";
import { dictionary } from "../shared/i18n.js";
import { icon } from "../shared/icons.js";
import texts from "../texts/delivery/signature-pad.json" with { type: "json" };

const words = dictionary(texts);

// As sharp as a phone shows it, and the same on each.
const SCALE = 2;
const PEN = 2.5;

/** A box to sign in with a finger. @param {string} label */
export function signaturePad(label) {
  const canvas = h("canvas.signature", { role: "img", "aria-label": label });
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  let signed = false;

  /** It has a size only when it is shown. */
  function prepare() {
    if (canvas.width === canvas.clientWidth * SCALE) return;
    canvas.width = canvas.clientWidth * SCALE;
    canvas.height = canvas.clientHeight * SCALE;
    wipe();
  }
  function wipe() {
    pen.resetTransform();
    // Black on white in any theme: it is looked at on paper as well.
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.scale(SCALE, SCALE);
    Object.assign(pen, { strokeStyle: "#000", lineWidth: PEN, lineCap: "round", lineJoin: "round" });
    signed = false;
  }
  canvas.addEventListener("pointerdown", (event) => {
    prepare();
    canvas.setPointerCapture(event.pointerId);
    pen.beginPath();
    pen.moveTo(event.offsetX, event.offsetY);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!canvas.hasPointerCapture(event.pointerId)) return;
    for (const { offsetX, offsetY } of event.getCoalescedEvents?.() ?? [event]) pen.lineTo(offsetX, offsetY);
    pen.lineTo(event.offsetX, event.offsetY);
    pen.stroke();
    signed = true;
  });
  const clear = h("button.button.plain", { type: "button", onclick: wipe }, icon("refresh"), words("clear"));
  return {
    element: el("div.stack", el("p", label), canvas, el("div", clear)),
    /** @returns {Promise<Blob | null>} null without a signature */
    picture: () => (signed ? new Promise((resolve) => canvas.toBlob(resolve, "image/png")) : Promise.resolve(null)),
  };
}
