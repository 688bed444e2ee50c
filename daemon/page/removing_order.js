/**
 * The dialog that removes an order.
 *
 * @module
 */

import { element } from "./dom.js";
import { openRemoval, wireRemoval } from "./removing.js";

const dialog = element("remove-order", HTMLDialogElement);

/**
 * Asks whether to remove an order.
 *
 * @param {import("./watched_order.js").WatchedOrder} order
 */
export function askToRemoveOrder({ id, label }) {
  openRemoval(dialog, { id, title: id, label, name: `Order ${id}` });
}

/**
 * Lets an order be removed.
 *
 * @param {(id: string) => () => void} prepare Is called before; what it
 * returns, after.
 */
export function wireRemovingOrder(prepare) {
  const kind = { path: "orders", notFound: "order_not_found" };
  wireRemoval(dialog, kind, prepare);
}
