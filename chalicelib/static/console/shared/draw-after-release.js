/**
 * Draws, but not between a press and its release: the pressed element would be replaced, and its click or drag lost.
 *
 * @param {() => void} draw
 * @param {AbortSignal} signal ends it
 * @param {EventTarget} [root] where presses and releases are noticed
 * @returns {() => void} draws now, or after the release
 */
export function drawAfterRelease(draw, signal, root = document) {
  let isPressed = false;
  let waits = false;
  /** @param {any} event A pointer event. */
  const press = ({ button, target }) => {
    // Menus of the browser take the release of what opens them: a list of options, and the secondary button's.
    isPressed = button === 0 && !target?.closest?.("select");
  };
  const release = () => {
    isPressed = false;
    // The click comes after the release.
    if (waits) setTimeout(() => waits && !signal.aborted && drawNow(), 0);
  };
  root.addEventListener("pointerdown", press, { signal });
  for (const type of ["pointerup", "pointercancel", "contextmenu"]) root.addEventListener(type, release, { signal });

  function drawNow() {
    waits = isPressed;
    if (!isPressed) draw();
  }
  return drawNow;
}
