/**
 * Swagger UI hands over Immutable.js maps, https://immutable-js.com/docs/Map/.
 *
 * @typedef {{get: (name: string) => any, set: (name: string, value: any) => any, filter: Function, map: Function}} Collection
 */

/**
 * Takes the place of Swagger UI's own search, which looks at tags and paths alone. An operation is found where each
 * word is in its tag, method, path, id, summary or description.
 *
 * @param {Collection} tags by name: `operations`, each with `method`, `path` and its `operation` of the document
 * @param {string} phrase
 * @returns {Collection}
 */
export function search(tags, phrase) {
  const words = phrase.toLowerCase().split(/\s+/);
  return tags
    .map((/** @type {Collection} */ tag, /** @type {string} */ name) =>
      tag.set(
        "operations",
        tag.get("operations").filter((/** @type {Collection} */ each) => {
          const text = textOf(name, each);
          return words.every((word) => text.includes(word));
        }),
      ),
    )
    .filter((/** @type {Collection} */ tag) => tag.get("operations").size > 0);
}

/**
 * @param {string} tag
 * @param {Collection} entry
 */
function textOf(tag, entry) {
  const operation = entry.get("operation");
  const texts = ["operationId", "summary", "description"].map((name) => operation.get(name));
  return [tag, entry.get("method"), entry.get("path"), ...texts].join(" ").toLowerCase();
}
