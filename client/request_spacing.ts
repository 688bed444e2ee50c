/**
 * When the next question about an order may be asked: the promise to CallFire
 * that one order is never asked for twice within a second.
 *
 * @module
 */

import { TwoGenerationCache } from "./two_generation_cache.ts";

/**
 * The least time between the end of one answer about an order and the next
 * question about it, in milliseconds. CallFire allows one question a second.
 *
 * @example Half as often as is allowed
 * ```ts
 * import { CallFireClient, MIN_INTERVAL_MS } from "@callfire-orders/client";
 *
 * const callfire = CallFireClient.fromEnv();
 * await callfire.waitForNumberOrder("1642251003", {
 *   interval: 2 * MIN_INTERVAL_MS,
 * });
 * ```
 */
export const MIN_INTERVAL_MS = 1000;

/** The growth of the pause after a first fault, in milliseconds. */
const INITIAL_BACKOFF_MS = 1000;

/** The longest that a pause grows by, in milliseconds. */
const MAX_BACKOFF_MS = 16_000;

/**
 * Remembers when each order was last answered, for as long as it matters.
 *
 * @example
 * ```ts
 * import { RequestSpacing } from "@callfire-orders/client";
 * import { assertEquals } from "@std/assert";
 *
 * const spacing = new RequestSpacing();
 * spacing.answered("1642251003", 5_000);
 * assertEquals(spacing.remaining("1642251003", 5_400), 600);
 * assertEquals(spacing.remaining("1642251003", 6_000), 0);
 * ```
 */
export class RequestSpacing {
  readonly #answered = new TwoGenerationCache<number>();
  #turnedOverAt = -Infinity;

  /** How many orders are being remembered, those answered just before too. */
  get size(): number {
    return this.#answered.size;
  }

  /**
   * Notes that an answer about an order has ended, or was given up.
   *
   * @param id The order's id.
   * @param now The time, in milliseconds of a clock that never goes back.
   */
  answered(id: string, now: number): void {
    if (now - this.#turnedOverAt >= MIN_INTERVAL_MS) {
      this.#answered.rotate();
      this.#turnedOverAt = now;
    }
    this.#answered.set(id, now);
  }

  /**
   * Tells how long the next question about an order has to wait.
   *
   * @param id The order's id.
   * @param now The time, in milliseconds of the same clock.
   * @returns Milliseconds from 0 to 1000.
   */
  remaining(id: string, now: number): number {
    const at = this.#answered.get(id);
    return at === undefined ? 0 : Math.max(0, at + MIN_INTERVAL_MS - now);
  }
}

/**
 * How long to pause after a fault that may pass. The pause is the usual
 * interval and, on top of it, a random part that grows with each fault in a row
 * (full jitter), so that many who failed together do not come back together.
 *
 * @example
 * ```ts
 * import { backoffDelay } from "@callfire-orders/client";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(backoffDelay(1, 1000, 0, 0.5), 1500);
 * assertEquals(backoffDelay(3, 1000, 0, 0.5), 3000);
 * assertEquals(backoffDelay(1, 1000, 30_000, 0.5), 30_000);
 * ```
 *
 * @param faults How many faults there were in a row, from 1.
 * @param interval The usual pause, in milliseconds.
 * @param retryAfter How long CallFire asked us to stay away, in milliseconds.
 * @param random A number from 0 up to, but not including, 1.
 * @returns Milliseconds, at least `interval` and at least `retryAfter`.
 */
export function backoffDelay(
  faults: number,
  interval: number,
  retryAfter: number,
  random: number,
): number {
  const growth = Math.min(
    MAX_BACKOFF_MS,
    INITIAL_BACKOFF_MS * 2 ** (faults - 1),
  );
  return Math.max(retryAfter, interval + random * growth);
}
