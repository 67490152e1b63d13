/**
 * How long to wait before the next try: anything up to a limit that doubles with each (full jitter), so that after an
 * outage a thousand clients do not come back in the same moment. There is always a next try.
 *
 * @param {number} tries that have failed in a row before this one
 * @param {() => number} random in [0, 1)
 * @returns {number} milliseconds
 */
export function backoff(tries: number, random: () => number): number;
