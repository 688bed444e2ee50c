/**
 * The status page: shows what the daemon watches, as it happens. It speaks the
 * same API as everybody else.
 *
 * @module
 */

import { askToAdd, wireAdding } from "./adding.js";
import { get } from "./api.js";
import { markSeen, sayAttention, showAttention } from "./attention.js";
import { copyItems } from "./copying.js";
import {
  addEvent,
  closeDetails,
  openDetails,
  openId,
  showDetails,
  wireRelabel,
} from "./details.js";
import { element, neighbor, part, setText } from "./dom.js";
import {
  closeEndpoint,
  focusDetails,
  loseEndpoint,
  openEndpoint,
  openEndpointId,
  showEndpoint,
  wireTest,
} from "./endpoint_details.js";
import { EndpointFeed } from "./endpoint_feed.js";
import { focusEndpoint, showEndpoints } from "./endpoint_table.js";
import {
  choose,
  clearFilters,
  proposeLabels,
  select,
  soughtId,
  wireFilters,
} from "./filters.js";
import { followSummary, showConnected, showLost } from "./health.js";
import { OrderFeed } from "./order_feed.js";
import { showTable, turnPage } from "./order_table.js";
import {
  askToRemoveEndpoint,
  wireRemovingEndpoint,
} from "./removing_endpoint.js";
import { askToRemoveOrder, wireRemovingOrder } from "./removing_order.js";
import { askToResume, wireResuming } from "./resuming.js";
import { needsAttention } from "./watched_order.js";
import { formatCount } from "./words.js";

/** @typedef {import("./watched_order.js").WatchedOrder} WatchedOrder */

/** Changes within this time are shown together, in milliseconds. */
const SHOWN_TOGETHER = 200;

const feed = new OrderFeed({
  onChange() {
    sorted = null;
    showSoon();
  },
  onEvent(event) {
    const { type, watch } = event;
    if (type === "order.settled" && needsAttention(watch)) sayAttention(watch);
    if (watch.id === openId()) addEvent(event);
  },
  onConnected: showConnected,
  onLost: (error) => showLost(error, () => feed.retry()),
});
const endpointFeed = new EndpointFeed({
  onChange: showSoon,
  onParked: sayAttention,
});
/** @type {WatchedOrder[] | null} The orders, the newest first. */
let sorted = null;
let isDue = false;

const heading = element("orders-heading");

function showSoon() {
  if (isDue) return;
  isDue = true;
  setTimeout(show, SHOWN_TOGETHER);
}

function show() {
  isDue = false;
  sorted ??= [...feed.orders.values()].sort(newestFirst);
  showTable(select(sorted), sorted.length, feed.isLoaded);
  const endpoints = [...endpointFeed.endpoints.values()];
  showAttention(sorted, endpoints);
  showEndpoints(endpointFeed);
  const openedId = openEndpointId();
  const opened = endpointFeed.endpoints.get(openedId);
  if (opened) showEndpoint(opened);
  else if (openedId && !endpointFeed.isCut) loseEndpoint();
  const open = feed.orders.get(openId());
  if (open) showDetails(open);
  element("cut").hidden = !feed.isCut;
  setText(element("cut-count"), formatCount(sorted.length));
}

/**
 * @param {WatchedOrder} one
 * @param {WatchedOrder} other
 */
function newestFirst(one, other) {
  if (one.watchedAt !== other.watchedAt) {
    return one.watchedAt < other.watchedAt ? 1 : -1;
  }
  return other.id.length - one.id.length || (one.id < other.id ? 1 : -1);
}

/** @param {WatchedOrder} order */
function openOrder(order) {
  openDetails(order, (current) => {
    const known = feed.orders.get(order.id);
    if (known && current.polls >= known.polls) feed.put(current);
  });
}

/** Of more orders than are kept, any one is found by its id. */
async function loadSought() {
  const id = soughtId();
  if (!feed.isCut || !id || feed.orders.has(id)) return;
  // Most that is typed is no order's id, or not yet.
  await get(`orders/${id}`).then((order) => feed.put(order), () => {});
}

/** @param {Event} event */
function onButton({ target }) {
  if (!(target instanceof HTMLButtonElement)) return;
  const holder = target.closest("[data-id]");
  const id = holder instanceof HTMLElement ? holder.dataset.id ?? "" : "";
  const endpoint = endpointFeed.endpoints.get(id);
  if (endpoint && target.matches(".id")) openEndpoint(endpoint);
  if (endpoint && target.matches(".resume")) askToResume(endpoint);
  if (endpoint && target.matches(".remove")) askToRemoveEndpoint(endpoint);
  const order = feed.orders.get(id);
  if (!order) return;
  if (target.matches(".id")) openOrder(order);
  if (target.matches(".copy")) copyItems(order);
  if (target.matches(".remove")) askToRemoveOrder(order);
}

/**
 * Puts the focus on a row, or where it is not lost if that is gone as well.
 *
 * @param {Element | null | undefined} row
 */
function focusRow(row) {
  (row?.isConnected ? part(row, ".id") : heading).focus();
}

/** @param {string} id @param {() => void} action */
function onClick(id, action) {
  element(id).onclick = action;
}

for (
  const id of ["rows", "attention-list", "details", "endpoint-rows", "endpoint"]
) {
  element(id).onclick = onButton;
}
for (const button of document.querySelectorAll("dialog .close")) {
  button.addEventListener("click", () => button.closest("dialog")?.close());
}
onClick("add-open", askToAdd);
onClick("empty-add", askToAdd);
onClick("clear", () => {
  clearFilters();
  heading.focus();
});
onClick("attention-show", () => {
  choose("attention");
  heading.focus();
});
onClick("attention-seen", () => {
  markSeen(feed.orders.values(), endpointFeed.endpoints.values());
  show();
  heading.focus();
});
for (const [id, by] of /** @type {const} */ ([["previous", -1], ["next", 1]])) {
  onClick(id, () => {
    turnPage(by);
    show();
    heading.scrollIntoView();
  });
}
element("label").onfocus = () => proposeLabels(sorted ?? []);
wireAdding();
wireRelabel();
wireRemovingOrder((id) => {
  const next = neighbor(element("rows"), id);
  return () => {
    feed.forget(id);
    show();
    if (openId() === id) closeDetails();
    focusRow(next);
  };
});
wireRemovingEndpoint((id) => {
  const next = neighbor(element("endpoint-rows"), id);
  return () => {
    endpointFeed.forget(id);
    // Before it is found to be gone, which would be told of as well.
    if (openEndpointId() === id) closeEndpoint();
    show();
    focusRow(next);
  };
});
wireTest();
wireResuming((endpoint) => {
  endpointFeed.put(endpoint);
  show();
  // What was resumed cannot be resumed again, so its button is gone.
  if (openEndpointId() === endpoint.id) focusDetails();
  else focusEndpoint(endpoint.id);
});
setText(
  element("command"),
  `curl -X PUT ${new URL("v1/orders/1642251003", location.href.split("?")[0])}`,
);

wireFilters(() => {
  turnPage(-Infinity);
  show();
  loadSought();
});
// Ages grow without any event.
setInterval(show, 1_000);
addEventListener("online", () => feed.retry());
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) endpointFeed.refresh();
});
feed.follow();
endpointFeed.follow();
followSummary(({ webhooks }) => {
  const { active, failing, parked } = webhooks ??
    { active: 0, failing: 0, parked: 0 };
  endpointFeed.expect(active + failing + parked);
});
