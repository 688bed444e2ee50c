/**
 * What an endpoint of webhooks is to the page, and what it makes of one.
 *
 * @module
 */

import { now } from "./clock.js";
import { make, makeTime, setText } from "./dom.js";
import { formatAge } from "./words.js";

/**
 * An attempt to deliver an event.
 *
 * @typedef {object} Attempt
 * @property {string} at
 * @property {number} sequence
 * @property {string} order
 * @property {string} result
 * @property {number | null} status
 * @property {string | null} detail
 */

/**
 * An endpoint, as the API shows it.
 *
 * @typedef {object} Endpoint
 * @property {string} id
 * @property {string} url
 * @property {string[]} events
 * @property {string | null} label
 * @property {string | null} order
 * @property {"active" | "failing" | "parked"} state
 * @property {string} createdAt
 * @property {number | null} backlog
 * @property {string | null} failingSince
 * @property {string | null} nextAttemptAt
 * @property {string | null} parkedAt
 * @property {"gone" | "failing" | null} parkedReason
 * @property {Attempt[]} attempts
 */

const STATES = { active: "Active", failing: "Failing", parked: "Parked" };

/**
 * Where it is. The rest of its URL may be what only its owner should know.
 *
 * @param {Endpoint} endpoint
 */
export function hostOf({ url }) {
  return new URL(url).host;
}

/**
 * What it is called, by whoever registered it if possible.
 *
 * @param {Endpoint} endpoint
 */
export function nameOf(endpoint) {
  return endpoint.label ?? hostOf(endpoint);
}

/**
 * What it is doing.
 *
 * @param {Endpoint} endpoint
 */
export function stateOf({ state }) {
  return STATES[state];
}

/**
 * What it is doing, why, and what to do about it.
 *
 * @param {Endpoint} endpoint
 */
export function hintOf({ parkedReason, state }) {
  if (state === "active") return "It takes what it is sent.";
  if (state === "failing") {
    return "The last attempt failed. It is repeated for up to 24 hours, less " +
      "often as time goes by; nothing is lost meanwhile.";
  }
  return parkedReason === "gone"
    ? "It answered with 410 and wants no more: nothing is sent there. Resume " +
      "it if that was a mistake, or remove it."
    : "It failed for 24 hours: nothing is sent there. See that its receiver " +
      "is well, then resume it.";
}

/**
 * How an attempt ended.
 *
 * @param {Attempt} attempt
 */
export function outcomeOf({ detail, result, status }) {
  if (detail === null) return `Delivered, with status ${status}`;
  return `${result}: ${detail}`;
}

/**
 * What follows its last attempt, such as `again in 12 s` or `parked 2 min ago`;
 * nothing if all goes well.
 *
 * @param {Endpoint} endpoint
 */
export function followUpOf({ nextAttemptAt, parkedAt }) {
  if (parkedAt) return `parked ${formatAge(now() - Date.parse(parkedAt))} ago`;
  if (!nextAttemptAt) return "";
  const left = Date.parse(nextAttemptAt) - now();
  return left > 0 ? `again in ${formatAge(left)}` : "again now";
}

/**
 * Shows what it is doing.
 *
 * @param {HTMLElement} badge
 * @param {Endpoint} endpoint
 */
export function showState(badge, endpoint) {
  badge.dataset.outcome = endpoint.state;
  setText(badge, stateOf(endpoint));
}

/** @param {Attempt} attempt */
export function makeAttempt(attempt) {
  const { at, order, sequence } = attempt;
  const item = make(
    "li",
    "",
    makeTime(at),
    ` ${outcomeOf(attempt)} (event ${sequence}, of order ${order})`,
  );
  item.dataset.outcome = attempt.detail === null ? "active" : "parked";
  return item;
}
