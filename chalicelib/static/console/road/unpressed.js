/**
 * Draws, but not between a press and its release: the pressed button would be replaced, and its click lost.
 *
 * @param {EventTarget} element what is drawn
 * @param {() => void} draw
 * @param {AbortSignal} signal ends it
 * @param {EventTarget} [root] where a release is noticed, wherever the pointer has moved
 * @returns {() => void} draws now, or after the release
 */
export function unpressed(element, draw, signal, root = document) {
  let isPressed = false;
  let waits = false;
  element.addEventListener("pointerdown", () => void (isPressed = true), { signal });
  const release = () => {
    isPressed = false;
    // The click comes after the release.
    if (waits) setTimeout(() => waits && !signal.aborted && drawNow(), 0);
  };
  for (const type of ["pointerup", "pointercancel"]) root.addEventListener(type, release, { signal });

  function drawNow() {
    waits = isPressed;
    if (!isPressed) draw();
  }
  return drawNow;
}
