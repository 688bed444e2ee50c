/**
 * Leaving the event loop to others for a while.
 *
 * @module
 */

/** Ends this turn of the event loop, so that other requests have theirs. */
export function letOthersRun(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
