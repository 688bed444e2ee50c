/**
 * The dialog that removes an order.
 *
 * @module
 */

import { call, messageOf, ProblemError } from "./api.js";
import { element, onSubmit, part, say, setText } from "./dom.js";

const dialog = element("remove", HTMLDialogElement);

/**
 * Asks whether to remove an order.
 *
 * @param {import("./watched_order.js").WatchedOrder} order
 */
export function askToRemove({ id, label }) {
  dialog.dataset.id = id;
  setText(element("remove-id"), id);
  setText(element("remove-label"), label ?? "");
  element("remove-error").replaceChildren();
  dialog.showModal();
}

/**
 * Lets an order be removed.
 *
 * @param {(id: string) => () => void} prepare Is called before; what it
 * returns, after.
 */
export function wireRemoving(prepare) {
  onSubmit(part(dialog, "form", HTMLFormElement), async () => {
    const { id = "" } = dialog.dataset;
    const finish = prepare(id);
    try {
      await call(`orders/${id}`, { method: "DELETE" });
    } catch (error) {
      // That it is gone is what was wanted.
      const isGone = error instanceof ProblemError &&
        error.code === "order_not_found";
      if (!isGone) throw error;
    }
    dialog.close();
    finish();
    say(`Order ${id} is removed.`);
  }, (error) => element("remove-error").replaceChildren(messageOf(error)));
}
