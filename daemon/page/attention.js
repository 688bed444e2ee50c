/**
 * The orders that came back short and were not marked as seen.
 *
 * @module
 */

import { element, make, part, reconcile, say, setText } from "./dom.js";
import {
  attentionCount,
  needsAttention,
  OUTCOMES,
  progressOf,
  showStatus,
  statusOf,
} from "./watched_order.js";
import { formatCount } from "./words.js";

/** @typedef {import("./watched_order.js").WatchedOrder} WatchedOrder */

/** How many orders are listed one by one. */
const MOST_LISTED = 5;

/** How many are named when it is said that there are more. */
const MOST_NAMED = 3;

/** What happens within this time is said at once, in milliseconds. */
const SAID_TOGETHER = 3_000;

/** Where the browser keeps up to when all was seen. */
const SEEN = "callfire-orders.seen";

const TITLE = document.title;

let seenUntil = localStorage.getItem(SEEN) ?? "";

/** @type {WatchedOrder[]} What is yet to be said. */
let news = [];

/**
 * Shows those of all orders that need attention, in the title too.
 *
 * @param {Iterable<WatchedOrder>} orders
 */
export function showAttention(orders) {
  const unseen = [...orders].filter((order) =>
    needsAttention(order) && settledAt(order) > seenUntil
  ).sort((one, other) => settledAt(other) < settledAt(one) ? -1 : 1);
  const number = unseen.length;
  element("attention").hidden = number === 0;
  setText(element("attention-heading"), attentionCount(number));
  reconcile(
    element("attention-list"),
    unseen.slice(0, MOST_LISTED),
    makeItem,
    fillItem,
  );
  const others = number - MOST_LISTED;
  setText(
    element("attention-others"),
    others > 0 ? `and ${formatCount(others)} more` : "",
  );
  const title = number > 0 ? `(${formatCount(number)}) ${TITLE}` : TITLE;
  if (document.title !== title) document.title = title;
  const icon = `page/favicon${number > 0 ? "_attention" : ""}.svg`;
  const link = element("icon", HTMLLinkElement);
  if (link.getAttribute("href") !== icon) link.href = icon;
}

/**
 * Marks orders as seen: all that have settled by now.
 *
 * @param {Iterable<WatchedOrder>} orders
 */
export function markSeen(orders) {
  for (const order of orders) {
    if (settledAt(order) > seenUntil) seenUntil = settledAt(order);
  }
  localStorage.setItem(SEEN, seenUntil);
}

/**
 * Says that an order needs attention, soon and together with others.
 *
 * @param {WatchedOrder} order
 */
export function sayAttention(order) {
  if (news.push(order) > 1) return;
  setTimeout(() => {
    const named = news.slice(0, MOST_NAMED)
      .map((order) => `${order.label ?? order.id}: ${statusOf(order)}`);
    const others = news.length - named.length;
    if (others > 0) named.push(`and ${formatCount(others)} more`);
    say(
      `${attentionCount(news.length)}. ${named.join(", ")}`,
      document.body,
    );
    news = [];
  }, SAID_TOGETHER);
}

/** @param {WatchedOrder} order */
function settledAt(order) {
  return order.settledAt ?? "";
}

function makeItem() {
  const id = make("button", "id");
  id.setAttribute("type", "button");
  return make(
    "li",
    "",
    make("span", "badge"),
    make("span", "order", id, make("span", "label")),
    make("span", "hint"),
  );
}

/**
 * @param {HTMLElement} item
 * @param {WatchedOrder} order
 */
function fillItem(item, order) {
  showStatus(part(item, ".badge"), order);
  setText(part(item, ".id"), order.id);
  setText(part(item, ".label"), order.label ?? "");
  const bought = order.order ? `${progressOf(order)} bought. ` : "";
  const hint = OUTCOMES.get(order.outcome ?? "")?.hint ?? "";
  setText(part(item, ".hint"), bought + hint);
}
