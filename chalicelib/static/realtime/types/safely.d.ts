/**
 * Calls a frontend's handler: what it throws, or rejects with, must not end what we do.
 *
 * @param {() => unknown} call
 * @param {(error: unknown) => void} onError
 */
export function safely(call: () => unknown, onError: (error: unknown) => void): void;
/**
 * @param {(error: unknown) => void} onError a frontend's, which may throw as well
 * @returns {(error: unknown) => void} one that does not
 */
export function harmless(onError: (error: unknown) => void): (error: unknown) => void;
