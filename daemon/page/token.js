/**
 * The token that the daemon may want, kept for as long as the tab is open.
 *
 * @module
 */

import { element, onSubmit, part, setError } from "./dom.js";

/** Where the tab keeps it. */
const KEY = "callfire-orders.token";

/** @type {Promise<void> | undefined} Fulfilled once another token is given. */
let given;

/** The token; null for none. */
export function token() {
  return sessionStorage.getItem(KEY);
}

/**
 * Asks for a token, once for all whom the daemon refused.
 *
 * @param {string | null} refused The token that was not taken; null for none.
 */
export async function askForToken(refused) {
  if (token() !== refused && !given) return;
  given ??= readToken(refused !== null);
  await given;
  given = undefined;
}

/**
 * @param {boolean} isRefused
 * @returns {Promise<void>}
 */
function readToken(isRefused) {
  sessionStorage.removeItem(KEY);
  const dialog = element("token", HTMLDialogElement);
  const field = element("token-value", HTMLInputElement);
  field.value = "";
  dialog.showModal();
  if (isRefused) setError(field, "The daemon refused this token");
  else setError(field);
  return new Promise((resolve) => {
    // It cannot be left without a token, since nothing would work without.
    dialog.onclose = () => dialog.showModal();
    onSubmit(part(dialog, "form", HTMLFormElement), () => {
      const value = field.value.trim();
      if (!value) return setError(field, "Give the token");
      sessionStorage.setItem(KEY, value);
      dialog.onclose = null;
      dialog.close();
      resolve();
    }, () => {});
  });
}
