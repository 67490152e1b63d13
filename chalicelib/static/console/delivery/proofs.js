import { el, fill, h } from "../shared/dom.js";
import { field } from "../shared/forms.js";
import { dictionary } from "../shared/i18n.js";
import { icon } from "../shared/icons.js";
import { signaturePad } from "./signature-pad.js";
import { scanner } from "./scanner.js";
import texts from "../texts/delivery/proofs.json" with { type: "json" };

const words = dictionary(texts);

// A door and a cylinder can be recognised at this size, and it is sent in seconds from a stairwell.
const LONGEST_SIDE = 1600;
const QUALITY = 0.8;

/**
 * @typedef {"pin" | "qr_code" | "signature" | "photo"} ProofType
 * @typedef {{element: HTMLElement, take(): Promise<{body: Record<string, string>, picture?: Blob}>}} Proof
 *   take: what goes into the confirmation; rejects with the code of what is missing
 */

/**
 * The fields of a form that asks for one type of proof.
 *
 * @param {ProofType} type
 * @param {AbortSignal} signal aborts when another type is chosen, or the form closed
 * @returns {Proof}
 */
export function proof(type, signal) {
  return { pin, qr_code: qr, signature, photo }[type](signal);
}

/** @returns {Proof} */
function pin() {
  const control = h("input.pin", {
    name: "pin",
    inputmode: "numeric",
    autocomplete: "off",
    pattern: "[0-9]{4,6}",
    maxlength: 6,
    required: true,
  });
  return { element: field(words("pin"), control, { hint: words("pinHint") }), take: async () => ({ body: { pin: control.value } }) };
}

/** @param {AbortSignal} signal @returns {Proof} */
function qr(signal) {
  const control = h("input", { name: "qr", autocomplete: "off", required: true, maxlength: 1000 });
  const camera = scanner((text) => (control.value = text), signal);
  return {
    element: el("div.stack", camera, field(words("qr"), control, { hint: words("qrHint") })),
    take: async () => ({ body: { qr: control.value.trim() } }),
  };
}

/** @returns {Proof} */
function signature() {
  const pad = signaturePad(words("signature"));
  return {
    element: pad.element,
    take: async () => {
      const picture = await pad.picture();
      if (!picture) throw missing("unsigned");
      return { body: {}, picture };
    },
  };
}

/** @returns {Proof} */
function photo() {
  /** @type {Blob | undefined} */
  let picture;
  const preview = el("div.preview");
  const control = h("input.unseen", { type: "file", accept: "image/*", capture: "environment", onchange: choose });
  const says = el("span", words("photo"));
  const wrong = h("p.wrong.small", { role: "alert" });
  // A label, because the file's own button speaks the browser's language.
  const label = el("label.button.camera", icon("camera"), says, control);
  async function choose() {
    const file = control.files?.[0];
    if (!file) return;
    try {
      const { canvas, blob } = await reduced(file);
      picture = blob;
      fill(preview, canvas);
      says.textContent = words("retake");
      fill(wrong);
    } catch {
      fill(wrong, words("unreadable"));
    }
  }
  return {
    element: el("div.stack", preview, label, wrong, el("p.small.soft", words("photoHint"))),
    take: async () => {
      if (!picture) throw missing("unpictured");
      return { body: {}, picture };
    },
  };
}

/** @param {"unsigned" | "unpictured"} code */
function missing(code) {
  return Object.assign(new Error(code), { code });
}

/**
 * A photo, smaller and without the camera's metadata (place, time, owner).
 *
 * @param {Blob} file
 * @returns {Promise<{canvas: HTMLCanvasElement, blob: Blob}>}
 */
async function reduced(file) {
  const image = await createImageBitmap(file);
  const scale = Math.min(1, LONGEST_SIDE / Math.max(image.width, image.height));
  const canvas = h("canvas", { width: Math.round(image.width * scale), height: Math.round(image.height * scale), role: "img", "aria-label": words("photo") });
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  if (!blob) throw new Error("the picture cannot be written");
  return { canvas, blob };
}
