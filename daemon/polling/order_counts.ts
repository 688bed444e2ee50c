/**
 * How many orders are watched, by their status, and how many are overdue; kept
 * up with each change, so that telling it costs the same for any number.
 *
 * @module
 */

import { OVERDUE_AFTER_MS, type WatchedOrder } from "./watched_order.ts";

/** The status of an order that was never read. */
export const UNKNOWN_STATUS = "unknown";

/** Counts the orders that are being watched. */
export class OrderCounts {
  readonly #byStatus = new Map<string, number>();
  /**
   * How many of those that are not overdue yet began to be watched when, by the
   * monotonic clock.
   */
  readonly #young = new Map<number, number>();
  #size = 0;

  /** How many orders are watched. */
  get size(): number {
    return this.#size;
  }

  /** How many orders are watched, by status; `unknown` before a reading. */
  get byStatus(): ReadonlyMap<string, number> {
    return this.#byStatus;
  }

  /**
   * Counts an order in.
   *
   * @param watch Its watch.
   * @param beganAt When it began to be watched, by the monotonic clock.
   */
  add(watch: WatchedOrder, beganAt: number): void {
    this.#size++;
    add(this.#byStatus, statusOf(watch), 1);
    add(this.#young, beganAt, 1);
  }

  /**
   * Takes note of what became of an order.
   *
   * @param before Its watch before.
   * @param after Its watch now.
   */
  change(before: WatchedOrder, after: WatchedOrder): void {
    add(this.#byStatus, statusOf(before), -1);
    add(this.#byStatus, statusOf(after), 1);
  }

  /**
   * Counts an order out.
   *
   * @param watch Its watch, as it was last counted.
   * @param beganAt When it began to be watched, as it was counted in.
   */
  remove(watch: WatchedOrder, beganAt: number): void {
    this.#size--;
    add(this.#byStatus, statusOf(watch), -1);
    add(this.#young, beganAt, -1);
  }

  /**
   * How many orders take longer than CallFire says that they may.
   *
   * @param now The monotonic clock now, in milliseconds.
   */
  overdue(now: number): number {
    let young = 0;
    for (const [beganAt, count] of this.#young) {
      if (now - beganAt > OVERDUE_AFTER_MS) this.#young.delete(beganAt);
      else young += count;
    }
    return this.#size - young;
  }
}

function statusOf({ order }: WatchedOrder): string {
  return order?.status ?? UNKNOWN_STATUS;
}

function add<Key>(counts: Map<Key, number>, key: Key, by: number): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}
