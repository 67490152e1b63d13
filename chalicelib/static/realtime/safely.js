/**
 * Calls a frontend's handler: what it throws, or rejects with, must not end what we do.
 *
 * @param {() => unknown} call
 * @param {(error: unknown) => void} onError
 */
export function safely(call, onError) {
  try {
    Promise.resolve(call()).catch(onError);
  } catch (error) {
    onError(error);
  }
}

/**
 * @param {(error: unknown) => void} onError a frontend's, which may throw as well
 * @returns {(error: unknown) => void} one that does not
 */
export function harmless(onError) {
  return (error) => safely(() => onError(error), (its) => console.error(its));
}
