/**
 * How many orders are watched, by their status, and how many are overdue; kept
 * up with each change, so that telling it costs the same for any number.
 *
 * @module
 */

import { DueQueue } from "./due_queue.ts";
import { OVERDUE_AFTER, type WatchedOrder } from "./watched_order.ts";

/** The status of an order that was never read. */
export const UNKNOWN_STATUS = "unknown";

/** Counts the orders that are being watched. */
export class Census {
  readonly #byStatus = new Map<string, number>();
  readonly #young = new DueQueue();
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
   */
  add(watch: WatchedOrder): void {
    this.#size++;
    this.#count(watch, 1);
    this.#young.put(watch.id, watch.watchedAt + OVERDUE_AFTER);
  }

  /**
   * Takes note of what became of an order.
   *
   * @param before Its watch before.
   * @param after Its watch now.
   */
  change(before: WatchedOrder, after: WatchedOrder): void {
    this.#count(before, -1);
    this.#count(after, 1);
  }

  /**
   * Counts an order out.
   *
   * @param watch Its watch, as it was last counted.
   */
  remove(watch: WatchedOrder): void {
    this.#size--;
    this.#count(watch, -1);
    this.#young.remove(watch.id);
  }

  /**
   * How many orders take longer than CallFire says that they may.
   *
   * @param now Milliseconds since 1970.
   */
  overdue(now: number): number {
    while (this.#young.earliest < now) this.#young.take();
    return this.#size - this.#young.size;
  }

  #count(watch: WatchedOrder, by: number): void {
    const status = watch.order?.status ?? UNKNOWN_STATUS;
    const count = (this.#byStatus.get(status) ?? 0) + by;
    if (count > 0) this.#byStatus.set(status, count);
    else this.#byStatus.delete(status);
  }
}
