/**
 * Does something that is not to be started twice: the button waits.
 *
 * @template Result
 * @param {EventTarget | null | undefined} button
 * @param {() => Promise<Result>} act
 * @returns {Promise<Result>}
 */
export async function whileBusy(button, act) {
  if (!(button instanceof HTMLButtonElement)) return act();
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  try {
    return await act();
  } finally {
    button.disabled = false;
    button.removeAttribute("aria-busy");
  }
}
