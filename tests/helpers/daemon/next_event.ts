/**
 * Waiting for an event.
 *
 * @module
 */

import { type EventFeed, woken } from "../../../daemon/event_feed.ts";

/**
 * Waits for an event after a place.
 *
 * @param feed Where it comes from.
 * @param sequence The place; one that came since it was read ends the wait.
 * @param signal Ends the wait.
 */
export function nextEvent(
  feed: EventFeed,
  sequence: number,
  signal: AbortSignal,
): Promise<void> {
  return woken((wake) => feed.onNext(sequence, wake), signal);
}
