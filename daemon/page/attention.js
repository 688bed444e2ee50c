/**
 * The orders that came back short and the endpoints that were parked, and were
 * not marked as seen.
 *
 * @module
 */

import { element, make, part, reconcile, say, setText } from "./dom.js";
import { hintOf, hostOf, nameOf, showState, stateOf } from "./endpoint.js";
import {
  needsAttention,
  outcomeHint,
  progressOf,
  showStatus,
  statusOf,
} from "./watched_order.js";
import { countOf, formatCount } from "./words.js";

/** @typedef {import("./watched_order.js").WatchedOrder} WatchedOrder */
/** @typedef {import("./endpoint.js").Endpoint} Endpoint */
/** @typedef {WatchedOrder | Endpoint} Concern What may need attention. */

/** How many are listed one by one. */
const MOST_LISTED = 5;

/** How many are named when it is said that there are more. */
const MOST_NAMED = 3;

/** What happens within this time is said at once, in milliseconds. */
const SAID_TOGETHER = 3_000;

const TITLE = document.title;

/** Up to when all of one kind was seen, which the browser keeps. */
class Seen {
  /** @param {string} key Where it is kept. */
  constructor(key) {
    this.key = key;
    this.until = localStorage.getItem(key) ?? "";
  }

  /** @param {Iterable<string>} times When all that is known happened. */
  mark(times) {
    for (const time of times) if (time > this.until) this.until = time;
    localStorage.setItem(this.key, this.until);
  }
}

// Each by itself, since the page learns of endpoints later than of orders.
const seenOrders = new Seen("callfire-orders.seen");
const seenEndpoints = new Seen("callfire-orders.seen-endpoints");

/** @type {Concern[]} What is yet to be said. */
let news = [];

/**
 * Shows those that need attention, in the title too.
 *
 * @param {Iterable<WatchedOrder>} orders All orders.
 * @param {Iterable<Endpoint>} endpoints All endpoints.
 */
export function showAttention(orders, endpoints) {
  const short = [...orders].filter((order) =>
    needsAttention(order) && settledAt(order) > seenOrders.until
  ).sort((one, other) => settledAt(other) < settledAt(one) ? -1 : 1);
  const parked = [...endpoints].filter((endpoint) =>
    parkedAt(endpoint) > seenEndpoints.until
  );
  /** @type {Concern[]} */
  const unseen = [...parked, ...short];
  const number = unseen.length;
  element("attention").hidden = number === 0;
  setText(element("attention-heading"), attentionCount(unseen));
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
  element("attention-show").hidden = short.length === 0;
  const title = number > 0 ? `(${formatCount(number)}) ${TITLE}` : TITLE;
  if (document.title !== title) document.title = title;
  const icon = `page/favicon${number > 0 ? "_attention" : ""}.svg`;
  const link = element("icon", HTMLLinkElement);
  if (link.getAttribute("href") !== icon) link.href = icon;
}

/**
 * Marks as seen: all orders that have settled by now, and all endpoints that
 * were parked.
 *
 * @param {Iterable<WatchedOrder>} orders
 * @param {Iterable<Endpoint>} endpoints
 */
export function markSeen(orders, endpoints) {
  seenOrders.mark([...orders].map(settledAt));
  seenEndpoints.mark([...endpoints].map(parkedAt));
}

/**
 * Says that something needs attention, soon and together with others.
 *
 * @param {Concern} concern
 */
export function sayAttention(concern) {
  if (news.push(concern) > 1) return;
  setTimeout(() => {
    const named = news.slice(0, MOST_NAMED).map((one) =>
      isEndpoint(one)
        ? `${nameOf(one)}: ${stateOf(one)}`
        : `${one.label ?? one.id}: ${statusOf(one)}`
    );
    const others = news.length - named.length;
    if (others > 0) named.push(`and ${formatCount(others)} more`);
    say(`${attentionCount(news)}. ${named.join(", ")}`, document.body);
    news = [];
  }, SAID_TOGETHER);
}

/**
 * How many need attention, such as `1 endpoint and 2 orders need attention`.
 *
 * @param {Concern[]} concerns
 */
function attentionCount(concerns) {
  const endpoints = concerns.filter(isEndpoint).length;
  const orders = concerns.length - endpoints;
  const counts = [
    endpoints > 0 ? countOf(endpoints, "endpoint") : "",
    orders > 0 ? countOf(orders, "order") : "",
  ].filter(Boolean);
  const verb = concerns.length === 1 ? "needs" : "need";
  return `${counts.join(" and ")} ${verb} attention`;
}

/**
 * @param {Concern} concern
 * @returns {concern is Endpoint}
 */
function isEndpoint(concern) {
  return "url" in concern;
}

/** @param {WatchedOrder} order */
function settledAt(order) {
  return order.settledAt ?? "";
}

/** @param {Endpoint} endpoint */
function parkedAt(endpoint) {
  return endpoint.parkedAt ?? "";
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
 * @param {Concern} concern
 */
function fillItem(item, concern) {
  setText(part(item, ".label"), concern.label ?? "");
  if (isEndpoint(concern)) {
    showState(part(item, ".badge"), concern);
    setText(part(item, ".id"), hostOf(concern));
    setText(part(item, ".hint"), hintOf(concern));
    return;
  }
  showStatus(part(item, ".badge"), concern);
  setText(part(item, ".id"), concern.id);
  const bought = concern.order ? `${progressOf(concern)} bought. ` : "";
  setText(part(item, ".hint"), bought + outcomeHint(concern));
}
