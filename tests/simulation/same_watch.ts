/**
 * What of a watch the events tell, and what not.
 *
 * @module
 */

import type { WatchedOrder } from "../../daemon/polling/watched_order.ts";

/**
 * Tells whether a watch is the same as the events tell of it, but for what no
 * event tells: that it was polled again without a change, and when it is to be.
 *
 * @param known The watch as the events tell of it.
 * @param seen The watch as it was found.
 */
export function isSameWatch(
  known: WatchedOrder | undefined,
  seen: WatchedOrder | undefined,
): boolean {
  if (!known || !seen) return known === seen;
  if (known.state === "settled") {
    return JSON.stringify(known) === JSON.stringify(seen);
  }
  const { polls, firstPolledAt, lastPolledAt, nextPollAt } = seen;
  const { consecutiveErrors, lastError, notFound, watchedFor } = seen;
  const polled = polls > known.polls && {
    ...{ polls, firstPolledAt, lastPolledAt, consecutiveErrors },
    // Another fault of the same kind is no change.
    lastError: known.lastError?.code === lastError?.code
      ? lastError
      : known.lastError,
    watchedFor,
  };
  const watch = { ...known, ...polled, nextPollAt, notFound };
  return JSON.stringify(watch) === JSON.stringify(seen);
}
