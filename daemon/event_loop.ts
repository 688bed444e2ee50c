/**
 * Much work done a part at a time, so that other requests never wait for long.
 *
 * @module
 */

/** How many orders or events are processed between two yields: some ms. */
export const PART_SIZE = 250;

/**
 * Lets everything else run first. It takes a timer: as long as anything is
 * immediate, Deno's runtime polls for I/O only every 61 turns.
 */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/**
 * Splits a list into parts.
 *
 * @param items The list.
 * @returns Its parts, in order; none if it is empty.
 */
export function* partsOf<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += PART_SIZE) {
    yield items.slice(start, start + PART_SIZE);
  }
}
