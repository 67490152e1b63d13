/**
 * Puts elements into a list. It touches only those that change their place.
 *
 * @param {Element} list
 * @param {readonly Element[]} elements
 */
export function arrange(list, elements) {
  const staying = new Set(elements);
  for (const each of [...list.children]) if (!staying.has(each)) each.remove();
  for (const [n, each] of elements.entries()) if (list.children[n] !== each) list.insertBefore(each, list.children[n] ?? null);
}
