/**
 * When a delivery that failed is tried again, and when no more.
 *
 * @module
 */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** How long failures may go on before an endpoint is parked, in milliseconds. */
export const DISABLE_AFTER_MS = 24 * HOUR;

/**
 * How many failures there are before it is at least: a date that jumps by a day
 * is no day, and the sixth is some 40 minutes after the first.
 */
export const MIN_FAILURES = 6;

/** The longest that a receiver can have us stay away, in milliseconds. */
export const LONGEST_RETRY_AFTER = 24 * HOUR;

/** How long to wait after the first failure, the second …; then as the last. */
const DELAYS = [
  ...[5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE],
  ...[HOUR, 2 * HOUR, 4 * HOUR],
];

/** Each wait is up to so much longer or shorter, as a part of itself. */
const JITTER = 0.2;

/** A date that goes back by no more is only put right, in milliseconds. */
const LARGEST_CORRECTION = MINUTE;

/** Failures one after the other, with nothing delivered in between. */
export interface Failures {
  /** When the first one was, in milliseconds since 1970. */
  readonly since: number;
  /** How many there were, from 1. */
  readonly count: number;
  /** When to try again, in milliseconds since 1970. */
  readonly nextAt: number;
}

/** For how long a receiver wants nothing to be sent. */
export interface Quiet {
  /** When it said so, in milliseconds since 1970. */
  readonly from: number;
  /** Until when, in milliseconds since 1970. */
  readonly until: number;
}

/** One more failure. */
export interface Failure {
  /** When it was, in milliseconds since 1970. */
  readonly at: number;
  /** Chance: from 0 up to, but not including, 1. */
  readonly random: number;
  /** How long the receiver asks us to stay away, in milliseconds. */
  readonly retryAfter?: number | undefined;
}

/**
 * Counts a failure in, and says when to try again: after 5 s, later after up
 * to 4 h, and a last time 24 h after the first failure; not before the receiver
 * wants to be asked, though that counts for 24 h at most.
 *
 * @param before The failures so far; `null` for none.
 * @param failure The failure.
 * @returns The failures with it.
 */
export function countFailure(
  before: Failures | null,
  { at, random, retryAfter = 0 }: Failure,
): Failures {
  const count = (before?.count ?? 0) + 1;
  // The clock may have been set back meanwhile.
  const since = Math.min(before?.since ?? at, at);
  const delay = DELAYS[Math.min(count, DELAYS.length) - 1]!;
  const jittered = delay * (1 - JITTER + 2 * JITTER * random);
  const last = since + DISABLE_AFTER_MS;
  const next = at < last ? Math.min(at + jittered, last) : at + jittered;
  const { until } = quietAfter({ at, retryAfter });
  return { since, count, nextAt: Math.round(Math.max(next, until)) };
}

/**
 * For how long a receiver wants nothing to be sent after a failure: 24 hours at
 * most.
 *
 * @param failure The failure.
 */
export function quietAfter(
  { at, retryAfter = 0 }: Pick<Failure, "at" | "retryAfter">,
): Quiet {
  return { from: at, until: at + Math.min(retryAfter, LONGEST_RETRY_AFTER) };
}

/**
 * Tells whether to try again. Where the date was set back since the failure, what
 * it was to wait for may be days away.
 *
 * @param nextAt When to, in milliseconds since 1970.
 * @param failedAt When it failed, in milliseconds since 1970.
 * @param now The date, in milliseconds since 1970.
 */
export function isDue(nextAt: number, failedAt: number, now: number): boolean {
  return nextAt <= now || now < failedAt - LARGEST_CORRECTION;
}

/**
 * Tells whether failures have gone on for so long that nothing more is tried.
 *
 * @param failures The failures.
 * @param at The moment, in milliseconds since 1970.
 */
export function isGivenUp({ count, since }: Failures, at: number): boolean {
  return at - since >= DISABLE_AFTER_MS && count >= MIN_FAILURES;
}
