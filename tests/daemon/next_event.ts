/**
 * Waiting for an event.
 *
 * @module
 */

import type { EventFeed } from "../../daemon/event_feed.ts";

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
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      cancel();
      signal.removeEventListener("abort", end);
      resolve();
    };
    const cancel = feed.onNext(sequence, end);
    signal.addEventListener("abort", end, { once: true });
  });
}
