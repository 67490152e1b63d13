/**
 * Does something again and again, until `signal` aborts.
 *
 * @param {number} ms
 * @param {() => unknown} act
 * @param {AbortSignal} signal
 */
export function every(ms, act, signal) {
  const timer = setInterval(act, ms);
  signal.addEventListener("abort", () => clearInterval(timer));
}

/**
 * Does something once no further call has come for a while: what is typed is looked for when its typist pauses.
 *
 * @param {number} ms
 * @param {() => unknown} act
 * @param {AbortSignal} signal
 * @returns {() => void}
 */
export function afterPause(ms, act, signal) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  signal.addEventListener("abort", () => clearTimeout(timer));
  return () => {
    clearTimeout(timer);
    timer = setTimeout(() => !signal.aborted && act(), ms);
  };
}

/**
 * Signals for requests of which only the last counts: each call aborts the one before.
 *
 * @param {AbortSignal} signal
 * @returns {() => AbortSignal}
 */
export function latest(signal) {
  /** @type {AbortController | undefined} */
  let current;
  return () => {
    current?.abort();
    current = new AbortController();
    return AbortSignal.any([current.signal, signal]);
  };
}

/**
 * Listens to what is typed into a field. Chinese is typed in parts, which are not looked for.
 *
 * @param {HTMLInputElement} input
 * @param {() => void} act
 */
export function onTyped(input, act) {
  for (const type of ["input", "compositionend"])
    input.addEventListener(type, (event) => (event instanceof InputEvent && event.isComposing) || act());
}
