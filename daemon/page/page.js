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
import { element, part, setText } from "./dom.js";
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
import { neighbor, showTable, turnPage } from "./order_table.js";
import { askToRemove, wireRemoving } from "./removing.js";
import { needsAttention } from "./watched_order.js";
import { formatCount } from "./words.js";

/** @typedef {import("./watched_order.js").WatchedOrder} WatchedOrder */

/** Changes within this time are shown together, in milliseconds. */
const SHOWN_TOGETHER = 200;

const feed = new OrderFeed({
  onChange() {
    sorted = null;
    if (isDue) return;
    isDue = true;
    setTimeout(show, SHOWN_TOGETHER);
  },
  onEvent(event) {
    const { type, watch } = event;
    if (type === "order.settled" && needsAttention(watch)) sayAttention(watch);
    if (watch.id === openId()) addEvent(event);
  },
  onConnected: showConnected,
  onLost: (error) => showLost(error, () => feed.retry()),
});
/** @type {WatchedOrder[] | null} The orders, the newest first. */
let sorted = null;
let isDue = false;

const heading = element("orders-heading");

function show() {
  isDue = false;
  sorted ??= [...feed.orders.values()].sort(newestFirst);
  showTable(select(sorted), sorted.length, feed.isLoaded);
  showAttention(sorted);
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
function onOrderButton({ target }) {
  if (!(target instanceof HTMLButtonElement)) return;
  const holder = target.closest("[data-id]");
  const id = holder instanceof HTMLElement ? holder.dataset.id ?? "" : "";
  const order = feed.orders.get(id);
  if (!order) return;
  if (target.matches(".id")) openOrder(order);
  if (target.matches(".copy")) copyItems(order);
  if (target.matches(".remove")) askToRemove(order);
}

/** @param {string} id @param {() => void} action */
function onClick(id, action) {
  element(id).onclick = action;
}

for (const id of ["rows", "attention-list", "details"]) {
  element(id).onclick = onOrderButton;
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
  markSeen(feed.orders.values());
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
wireRemoving((id) => {
  const next = neighbor(id);
  return () => {
    feed.forget(id);
    show();
    if (openId() === id) closeDetails();
    (next?.isConnected ? part(next, ".id") : heading).focus();
  };
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
feed.follow();
followSummary();
