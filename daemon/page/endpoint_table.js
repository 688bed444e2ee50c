/**
 * The table of the endpoints of webhooks.
 *
 * @module
 */

import { now } from "./clock.js";
import { childOf, element, makeRow, part, reconcile, setText } from "./dom.js";
import { followUpOf, hostOf, nameOf, showState } from "./endpoint.js";
import { countOf, formatAge, formatCount, formatTime } from "./words.js";

/** @typedef {import("./endpoint.js").Endpoint} Endpoint */

const rows = element("endpoint-rows");

/**
 * Shows the endpoints, or nothing of webhooks if there are none.
 *
 * @param {import("./endpoint_feed.js").EndpointFeed} feed
 */
export function showEndpoints({ endpoints, isCut, total }) {
  const number = endpoints.size;
  element("webhooks").hidden = number === 0;
  setText(
    element("webhooks-heading"),
    countOf(
      isCut ? total : number,
      "endpoint of webhooks",
      "endpoints of webhooks",
    ),
  );
  element("endpoints-cut").hidden = !isCut;
  setText(element("endpoints-cut-count"), formatCount(number));
  reconcile(
    rows,
    [...endpoints.values()],
    () => makeRow("endpoint-row"),
    fillRow,
  );
}

/**
 * Puts the focus on an endpoint, if it is shown.
 *
 * @param {string} id
 */
export function focusEndpoint(id) {
  const row = childOf(rows, id);
  if (row) part(row, ".id").focus();
}

/**
 * @param {HTMLElement} row
 * @param {Endpoint} endpoint
 */
function fillRow(row, endpoint) {
  const { attempts: [last], backlog, label, order, state } = endpoint;
  row.classList.toggle("needs-attention", state === "parked");
  showState(part(row, ".badge"), endpoint);
  setText(part(row, ".id"), hostOf(endpoint));
  setText(part(row, ".label .own"), label ?? "");
  setText(part(row, ".label small"), order ? `order ${order} alone` : "");
  setText(part(row, ".count"), backlog === null ? "–" : formatCount(backlog));
  part(row, ".unit").hidden = backlog === null;
  const age = part(row, ".age time", HTMLTimeElement);
  setText(age, last ? `${formatAge(now() - Date.parse(last.at))} ago` : "–");
  age.dateTime = last?.at ?? "";
  age.title = last ? formatTime(last.at) : "";
  setText(part(row, ".age small"), followUpOf(endpoint));
  setText(part(row, ".code"), last?.detail ? last.result : "");
  setText(part(row, ".message"), last?.detail ?? "");
  const resume = part(row, ".resume");
  resume.hidden = state === "active";
  resume.ariaLabel = `Resume endpoint ${nameOf(endpoint)}`;
}
