/**
 * The state of one watch, and what a reading makes of it. Nothing here asks,
 * waits or stores: the same watch, reading and chance always give the same.
 *
 * @module
 */

import { MAX_RETRY_AFTER_MS } from "../../client/internal.ts";
import {
  backoffDelay,
  type CallFireErrorCode,
  isTerminal,
  MIN_INTERVAL_MS,
  type NumberOrder,
  type OrderOutcome,
  orderOutcome,
} from "../../mod.ts";

/** How long CallFire says that an order may take, in milliseconds. */
export const OVERDUE_AFTER_MS = 20_000;

/** How long an order that was never read must be 404, in milliseconds. */
export const NOT_FOUND_AFTER_MS = 20_000;

/** How long an order that was read before must be 404, in milliseconds. */
export const VANISHED_AFTER_MS = 600_000;

/** How many 404s in a row there must be before any of them is believed. */
export const MIN_NOT_FOUND_POLLS = 3;

/** The longest pause between two questions about one order, in milliseconds. */
const MAX_INTERVAL_MS = 60_000;

/** The part of a pause that is left to chance, of 1. */
const JITTER = 0.1;

/** How a watch ended: as the order did, or without an answer to believe. */
export type SettledOutcome =
  | Exclude<OrderOutcome, "pending">
  | "not_found"
  | "expired";

/** Every way in which a watch can end. */
export const SETTLED_OUTCOMES = [
  "fulfilled",
  "partial",
  "unfulfilled",
  "errored",
  "void",
  "rejected",
  "not_found",
  "expired",
] as const satisfies readonly SettledOutcome[];

/** The last fault of a watch. */
export interface LastError {
  /** What kind of fault it was. */
  code: CallFireErrorCode;
  /** What was wrong; without any secret. */
  message: string;
  /** When it was, in milliseconds since 1970. */
  at: number;
}

/** The 404s in a row that may settle a watch as `not_found`. */
export interface NotFoundStreak {
  /** The `watchedFor` at the first of them, in milliseconds. */
  readonly since: number;
  /** How many there are, from 1. */
  readonly polls: number;
}

/** One watch. All times are in milliseconds since 1970. */
export interface WatchedOrder {
  /** The order's id. */
  readonly id: string;
  /** What its owner calls it. */
  readonly label: string | null;
  /** Whether it is still asked about. */
  readonly state: "watching" | "settled";
  /** How it ended; `null` while it is watched. */
  readonly outcome: SettledOutcome | null;
  /** The last reading, `null` before the first. */
  readonly order: NumberOrder | null;
  /** When the watch began. */
  readonly watchedAt: number;
  /** When the first answer about it ended. */
  readonly firstPolledAt: number | null;
  /** When the last answer about it ended. */
  readonly lastPolledAt: number | null;
  /** When it is to be asked about next; `null` once it is settled. */
  readonly nextPollAt: number | null;
  /** When it ended. */
  readonly settledAt: number | null;
  /** How often it was asked about. */
  readonly polls: number;
  /** How many of the last answers were faults. */
  readonly consecutiveErrors: number;
  /** The last fault; `null` after an answer without one. */
  readonly lastError: LastError | null;
  /**
   * How long it had been watched at its last poll, in milliseconds. It counts
   * the time in which a daemon ran and held the order, by a monotonic clock:
   * no step of a wall clock, no suspend and no downtime makes it older.
   */
  readonly watchedFor: number;
  /**
   * The 404s since the last response that was anything else; `null` without
   * any. Those received while CallFire failed are not among them.
   */
  readonly notFound: NotFoundStreak | null;
}

/** The fault that an answer was. */
export interface Fault {
  /** What kind of fault. */
  code: CallFireErrorCode;
  /** What was wrong; without any secret. */
  message: string;
  /** How long CallFire asks us to stay away, in milliseconds. */
  retryAfter?: number | undefined;
}

/** What one question came to. */
export type Reading =
  & {
    /** When the answer ended, in milliseconds since 1970. */
    at: number;
  }
  & ({ order: NumberOrder; fault?: never } | { fault: Fault; order?: never });

/** What can happen to a watch. */
export const EVENT_TYPES = [
  "order.watched",
  "order.changed",
  "order.settled",
  "order.removed",
] as const;

/** What can happen to a watch. */
export type EventType = typeof EVENT_TYPES[number];

/** One thing that happened to a watch, with the watch as it was then. */
export interface OrderEvent {
  /** What happened. */
  readonly type: EventType;
  /** When, in milliseconds since 1970. */
  readonly at: number;
  /** The watch right after it; for a removal, right before. */
  readonly watch: WatchedOrder;
}

/** A watch after something was done with it, and what is to be told of that. */
export interface Transition {
  /** The watch now. */
  watch: WatchedOrder;
  /** What happened, in order; nothing for a reading that says the same. */
  events: OrderEvent[];
}

/**
 * Begins a watch.
 *
 * @param id The order's id, checked.
 * @param label What its owner calls it.
 * @param now Milliseconds since 1970.
 */
export function beginWatch(
  id: string,
  label: string | null,
  now: number,
): Transition {
  const watch: WatchedOrder = {
    id,
    label,
    state: "watching",
    outcome: null,
    order: null,
    watchedAt: now,
    firstPolledAt: null,
    lastPolledAt: null,
    nextPollAt: now,
    settledAt: null,
    polls: 0,
    consecutiveErrors: 0,
    lastError: null,
    watchedFor: 0,
    notFound: null,
  };
  return { watch, events: [{ type: "order.watched", at: now, watch }] };
}

/** What decides, besides the watch and the reading. */
export interface TransitionContext {
  /** How long a watch may take until it is given up, in milliseconds. */
  expireAfter: number;
  /** How long the order had been watched when the answer ended. */
  watchedFor: number;
  /**
   * For how long CallFire has not failed, in milliseconds; by default for ever.
   * It is 0 while it fails. A 404 from before then says nothing of an order.
   */
  healthyFor?: number | undefined;
  /** A number from 0 up to, but not including, 1. */
  random: number;
}

/**
 * Takes a reading in.
 *
 * @param watch The watch, not settled.
 * @param reading What the question came to.
 * @param rules What decides besides.
 * @returns The watch after it, settled or with the time of its next question.
 */
export function applyPollResult(
  watch: WatchedOrder,
  reading: Reading,
  rules: TransitionContext,
): Transition {
  const { at, order } = reading;
  const { watchedFor } = rules;
  const fault = reading.fault && explain(watch, reading.fault);
  const polled: WatchedOrder = {
    ...watch,
    order: latestOrder(watch.order, order),
    firstPolledAt: watch.firstPolledAt ?? at,
    lastPolledAt: at,
    polls: watch.polls + 1,
    consecutiveErrors: fault ? watch.consecutiveErrors + 1 : 0,
    lastError: fault ? { code: fault.code, message: fault.message, at } : null,
    watchedFor,
    notFound: notFoundStreak(watch, reading, rules),
  };
  const outcome = settledOutcome(polled, order, rules.expireAfter);
  if (outcome) {
    const settled: WatchedOrder = {
      ...polled,
      state: "settled",
      outcome,
      settledAt: at,
      nextPollAt: null,
    };
    return {
      watch: settled,
      events: [{ type: "order.settled", at, watch: settled }],
    };
  }
  const next = {
    ...polled,
    nextPollAt: at + Math.ceil(pause(polled, reading, rules)),
  };
  const events: OrderEvent[] = isChange(watch, next)
    ? [{ type: "order.changed", at, watch: next }]
    : [];
  return { watch: next, events };
}

/**
 * Tells whether an order takes longer than CallFire says that it may.
 *
 * @param watch The watch.
 * @param watchedFor How long it has been watched, in milliseconds.
 */
export function isOverdue(
  { state, watchedFor: polledAfter }: WatchedOrder,
  watchedFor: number = polledAfter,
): boolean {
  return state === "watching" && watchedFor > OVERDUE_AFTER_MS;
}

function settledOutcome(
  { notFound, order: known, watchedFor }: WatchedOrder,
  order: NumberOrder | undefined,
  expireAfter: number,
): SettledOutcome | null {
  if (order && isTerminal(order)) {
    return orderOutcome(order) as Exclude<OrderOutcome, "pending">;
  }
  if (notFound && notFound.polls >= MIN_NOT_FOUND_POLLS) {
    // A new order may not be known everywhere at once, and one that CallFire
    // knew does not vanish by one response of a wrong route.
    const believedAfter = known ? VANISHED_AFTER_MS : NOT_FOUND_AFTER_MS;
    if (watchedFor - notFound.since >= believedAfter) return "not_found";
  }
  return watchedFor >= expireAfter ? "expired" : null;
}

/**
 * Counts a 404 in. Any other result, an error too, ends the streak: "nothing
 * but 404" is then no longer true. So does a CallFire that fails.
 */
function notFoundStreak(
  { notFound }: WatchedOrder,
  { fault }: Reading,
  { healthyFor = Infinity, watchedFor }: TransitionContext,
): NotFoundStreak | null {
  if (fault?.code !== "not_found" || healthyFor === 0) return null;
  const isContinued = notFound && watchedFor - notFound.since <= healthyFor;
  return isContinued
    ? { since: notFound.since, polls: notFound.polls + 1 }
    : { since: watchedFor, polls: 1 };
}

/** Says of a 404 what the client cannot know: that the order was there. */
function explain({ id, order }: WatchedOrder, fault: Fault): Fault {
  if (fault.code !== "not_found" || !order) return fault;
  const message =
    `CallFire no longer knows order '${id}', which it knew before: ` +
    fault.message;
  return { ...fault, message };
}

/** Once a second for the first 20 s, then after a tenth of its age. */
function pause(
  watch: WatchedOrder,
  { fault }: Reading,
  { random }: TransitionContext,
): number {
  const age = watch.watchedFor;
  const longest = Math.min(MAX_INTERVAL_MS, age / 10);
  const interval = age < OVERDUE_AFTER_MS
    ? MIN_INTERVAL_MS
    : Math.max(MIN_INTERVAL_MS, longest * (1 - JITTER * random));
  if (!fault) return interval;
  const { code, retryAfter = 0 } = fault;
  // CallFire has not failed when it does not know a new order yet.
  const rest = code === "not_found"
    ? interval
    : backoffDelay(watch.consecutiveErrors, interval, 0, random);
  return Math.max(
    Math.min(MAX_INTERVAL_MS, rest),
    Math.min(MAX_RETRY_AFTER_MS, retryAfter),
  );
}

/** The order as it is now; the very one from before if it says the same. */
function latestOrder(
  before: NumberOrder | null,
  order: NumberOrder | undefined,
): NumberOrder | null {
  const isSame = !order || JSON.stringify(order) === JSON.stringify(before);
  return isSame ? before : order;
}

/** A change is what its owner would want to be told of, not every poll. */
function isChange(before: WatchedOrder, after: WatchedOrder): boolean {
  return before.order !== after.order ||
    before.lastError?.code !== after.lastError?.code;
}
