/** Keys under which something is sent: the same body again, after a lost answer, has the same key and is done once. */
export function idempotencyKeys() {
  let sent = { text: "", key: "" };
  return {
    get isUsed() {
      return sent.key !== "";
    },
    /** @param {unknown} body */
    of(body) {
      const text = JSON.stringify(body);
      if (text !== sent.text) sent = { text, key: crypto.randomUUID() };
      return sent.key;
    },
  };
}
