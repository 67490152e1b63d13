const AFTER_FAILURE_MS = 10_000;

/**
 * Does something again and again while the page is visible. A failure is tried again later without a message: the content
 * stays, and the connection's badge shows that it may be old.
 *
 * @param {() => Promise<number>} work answers in how many milliseconds again
 * @param {AbortSignal} signal ends it
 * @returns {(ms: number) => void} again in so many milliseconds, if it is not sooner anyway; also begins it
 */
export function whileVisible(work, signal) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let due = Infinity;
  let working = false;

  /** @param {number} ms */
  function again(ms) {
    const next = performance.now() + ms;
    if (signal.aborted || next >= due) return;
    due = next;
    clearTimeout(timer);
    timer = setTimeout(run, ms);
  }

  async function run() {
    if (signal.aborted || document.hidden || working) return;
    working = true;
    due = Infinity;
    const next = await work().catch(() => AFTER_FAILURE_MS);
    working = false;
    again(next);
    // What was asked for meanwhile came while nothing could begin.
    if (due <= performance.now()) void run();
  }

  for (const event of ["online", "offline"]) addEventListener(event, () => again(0), { signal });
  document.addEventListener("visibilitychange", () => !document.hidden && void run(), { signal });
  signal.addEventListener("abort", () => clearTimeout(timer));
  return again;
}
