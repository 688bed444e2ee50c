/**
 * What an order is to the page, and what it makes of one.
 *
 * @module
 */

import { now } from "./clock.js";
import { setText } from "./dom.js";
import { countOf, formatCount } from "./words.js";

/**
 * One kind of items.
 *
 * @typedef {object} Item
 * @property {number} ordered
 * @property {number} unitCost
 * @property {string[]} fulfilled
 */

/**
 * An order as CallFire described it last.
 *
 * @typedef {object} NumberOrder
 * @property {string} status
 * @property {number} totalCost
 * @property {Item} [localNumbers]
 * @property {Item} [tollFreeNumbers]
 * @property {Item} [keywords]
 */

/**
 * A watched order, as the API shows it.
 *
 * @typedef {object} WatchedOrder
 * @property {string} id
 * @property {string | null} label
 * @property {"watching" | "settled"} state
 * @property {string | null} outcome
 * @property {NumberOrder | null} order
 * @property {string} watchedAt
 * @property {string | null} lastPolledAt
 * @property {string | null} nextPollAt
 * @property {string | null} settledAt
 * @property {number} polls
 * @property {number} consecutiveErrors
 * @property {{ code: string, message: string, at: string } | null} lastError
 */

/**
 * Something that happened to an order, with the order right after it.
 *
 * @typedef {object} OrderEvent
 * @property {number} sequence
 * @property {string} type
 * @property {string} at
 * @property {WatchedOrder} watch
 */

/** The age from which an order is overdue, in milliseconds. */
const OVERDUE_AFTER_MS = 20_000;

/** How an order can end: in a word, and what to do about it. */
export const OUTCOMES = new Map([
  ["fulfilled", { name: "Fulfilled", hint: "All that was ordered is bought." }],
  ["partial", {
    name: "Partial",
    hint: "CallFire finished it with less than was ordered: order the rest " +
      "anew, or ask CallFire why.",
  }],
  ["unfulfilled", {
    name: "Unfulfilled",
    hint: "CallFire finished it without buying anything: order something " +
      "else, or ask CallFire why.",
  }],
  ["errored", {
    name: "Errored",
    hint: "CallFire could not carry it out: order anew, or ask CallFire why.",
  }],
  ["void", { name: "Void", hint: "It was called off at CallFire." }],
  ["rejected", {
    name: "Rejected",
    hint: "CallFire did not approve it: ask CallFire why.",
  }],
  ["not_found", {
    name: "Not found",
    hint: "CallFire knows no such order under this login: check the id.",
  }],
  ["expired", {
    name: "Expired",
    hint: "It took longer than the daemon waits and is polled no more: look " +
      "it up at CallFire.",
  }],
]);

/**
 * What to do about an order by how it ended; nothing while it is watched.
 *
 * @param {WatchedOrder} order
 */
export function outcomeHint({ outcome, order }) {
  if (outcome === "not_found" && order) {
    return "CallFire no longer knows it, though it did before: ask CallFire " +
      "what became of it.";
  }
  return OUTCOMES.get(outcome ?? "")?.hint ?? "";
}

const KINDS = /** @type {const} */ ([
  ["localNumbers", "Local numbers"],
  ["tollFreeNumbers", "Toll-free numbers"],
  ["keywords", "Keywords"],
]);

/**
 * Whether it takes longer than CallFire says that an order may.
 *
 * @param {WatchedOrder} order
 */
export function isOverdue({ state, watchedAt }) {
  return state === "watching" &&
    now() - Date.parse(watchedAt) > OVERDUE_AFTER_MS;
}

/**
 * Whether it ended in another way than it should.
 *
 * @param {WatchedOrder} order
 */
export function needsAttention({ state, outcome }) {
  return state === "settled" && outcome !== "fulfilled";
}

/**
 * What was ordered, kind by kind.
 *
 * @param {WatchedOrder} order
 */
export function itemsOf({ order }) {
  return KINDS.flatMap(([kind, name]) => {
    const item = order?.[kind];
    return item ? [{ name, ...item }] : [];
  });
}

/**
 * All that was bought.
 *
 * @param {WatchedOrder} order
 */
export function boughtItems(order) {
  return itemsOf(order).flatMap(({ fulfilled }) => fulfilled);
}

/**
 * How many items were ordered.
 *
 * @param {WatchedOrder} order
 */
export function orderedCount(order) {
  return itemsOf(order).reduce((sum, { ordered }) => sum + ordered, 0);
}

/**
 * How much of it is bought, such as `1 of 2`.
 *
 * @param {WatchedOrder} order
 */
export function progressOf(order) {
  if (!order.order) return "–";
  const bought = boughtItems(order).length;
  return `${formatCount(bought)} of ${formatCount(orderedCount(order))}`;
}

/**
 * How many items were bought, by what they are, such as `2 numbers`.
 *
 * @param {WatchedOrder} order
 */
export function boughtCount(order) {
  const kinds = itemsOf(order).filter(({ fulfilled }) => fulfilled.length > 0)
    .map(({ name }) => name === "Keywords" ? "keyword" : "number");
  const word = new Set(kinds).size === 1 ? kinds[0] : undefined;
  return countOf(boughtItems(order).length, word ?? "item");
}

/**
 * How it ended, or how it stands.
 *
 * @param {WatchedOrder} order
 */
export function statusOf({ outcome, order }) {
  if (outcome) return OUTCOMES.get(outcome)?.name ?? outcome;
  return order?.status ?? "Not read yet";
}

/**
 * Shows how it ended, or how it stands.
 *
 * @param {HTMLElement} badge
 * @param {WatchedOrder} order
 */
export function showStatus(badge, order) {
  badge.dataset.outcome = order.outcome ?? "watching";
  setText(badge, statusOf(order));
}
