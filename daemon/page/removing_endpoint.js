/**
 * The dialog that removes an endpoint of webhooks.
 *
 * @module
 */

import { element } from "./dom.js";
import { hostOf, nameOf } from "./endpoint.js";
import { openRemoval, wireRemoval } from "./removing.js";

const dialog = element("remove-endpoint", HTMLDialogElement);

/**
 * Asks whether to remove an endpoint.
 *
 * @param {import("./endpoint.js").Endpoint} endpoint
 */
export function askToRemoveEndpoint(endpoint) {
  const { id, label } = endpoint;
  const name = `Endpoint ${nameOf(endpoint)}`;
  openRemoval(dialog, { id, title: hostOf(endpoint), label, name });
}

/**
 * Lets an endpoint be removed.
 *
 * @param {(id: string) => () => void} prepare Is called before; what it
 * returns, after.
 */
export function wireRemovingEndpoint(prepare) {
  const kind = { path: "webhooks", notFound: "webhook_not_found" };
  wireRemoval(dialog, kind, prepare);
}
