/**
 * A list that people put into another order: dragged by a handle with mouse or finger, or moved with the arrow keys while
 * the handle has the focus.
 *
 * @param {HTMLElement} list its children have `data-key` and a `.grip` button
 * @param {{moved(keys: string[], key: string): void}} options moved: the keys as they stand now, and which was moved
 */
export function sortable(list, { moved }) {
  const keys = () => items().map(({ dataset }) => dataset.key ?? "");
  const items = () => /** @type {HTMLElement[]} */ ([...list.children]);
  /** @param {Event} event @returns {HTMLElement | undefined} the item whose handle it is */
  const held = ({ target }) => {
    const grip = target instanceof Element ? target.closest(".grip") : null;
    return grip ? items().find((item) => item.contains(grip)) : undefined;
  };

  list.addEventListener("pointerdown", (event) => {
    const item = held(event);
    if (!item || event.button !== 0) return;
    event.preventDefault();
    const grip = /** @type {HTMLElement} */ (event.target);
    grip.closest("button")?.focus();
    list.setPointerCapture(event.pointerId);
    const before = keys().join();
    item.classList.add("dragged");
    const drag = new AbortController();
    const during = { signal: drag.signal };
    list.addEventListener("pointermove", (move) => place(item, move.clientY), during);
    list.addEventListener("pointerup", () => end(true), during);
    list.addEventListener("pointercancel", () => end(true), during);
    addEventListener("keydown", ({ key }) => key === "Escape" && end(false), during);
    /** @param {boolean} done */
    function end(done) {
      drag.abort();
      item?.classList.remove("dragged");
      const after = keys().join();
      if (!done) before.split(",").forEach((key) => list.append(/** @type {HTMLElement} */ (items().find(({ dataset }) => dataset.key === key))));
      else if (after !== before) moved(keys(), item?.dataset.key ?? "");
    }
  });

  /** @param {HTMLElement} item @param {number} y */
  function place(item, y) {
    const others = items().filter((each) => each !== item);
    const after = others.find((each) => {
      const { top, height } = each.getBoundingClientRect();
      return y < top + height / 2;
    });
    const at = after ?? null;
    if (item.nextElementSibling !== at) list.insertBefore(item, at);
  }

  list.addEventListener("keydown", (event) => {
    const item = held(event);
    if (!item || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    event.preventDefault();
    const up = event.key === "ArrowUp";
    const beside = up ? item.previousElementSibling : item.nextElementSibling;
    if (!beside) return;
    list.insertBefore(up ? item : beside, up ? beside : item);
    // What is moved in the document loses the focus.
    /** @type {HTMLElement | null} */ (item.querySelector(".grip"))?.focus();
    moved(keys(), item.dataset.key ?? "");
  });
}
