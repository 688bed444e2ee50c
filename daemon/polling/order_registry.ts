/**
 * The watches that a daemon goes on with, each as it stands now, and counted.
 *
 * @module
 */

import { OrderCounts } from "./order_counts.ts";
import type { WatchedOrder } from "./watched_order.ts";

/** A watch, and when it began. */
interface Entry {
  readonly watch: WatchedOrder;
  readonly beganAt: number;
}

/**
 * Watches by the ids of their orders. Each has a beginning on the monotonic
 * clock, from which its `watchedFor` is counted; what was watched before this
 * daemon held it lies before that clock began.
 */
export class OrderRegistry implements Iterable<WatchedOrder> {
  /** How many there are, by their status. */
  readonly census = new OrderCounts();
  readonly #entries = new Map<string, Entry>();

  /** How many there are. */
  get size(): number {
    return this.#entries.size;
  }

  /** All of them. */
  *[Symbol.iterator](): Generator<WatchedOrder, void> {
    for (const { watch } of this.#entries.values()) yield watch;
  }

  /**
   * The watch of an order; `undefined` if there is none.
   *
   * @param id The order's id.
   */
  find(id: string): WatchedOrder | undefined {
    return this.#entries.get(id)?.watch;
  }

  /**
   * How long an order has been watched, in whole milliseconds; `undefined` if
   * it is not.
   *
   * @param watch Its watch, as it stood once.
   * @param now The monotonic clock now, in milliseconds.
   */
  watchedFor({ id, watchedAt }: WatchedOrder, now: number): number | undefined {
    const entry = this.#entries.get(id);
    return entry?.watch.watchedAt === watchedAt
      ? Math.max(0, Math.round(now - entry.beganAt))
      : undefined;
  }

  /**
   * The same watch as it stands now; `undefined` if it has ended, or was
   * forgotten, and even begun anew.
   *
   * @param watch The watch as it stood once.
   */
  current({ id, watchedAt }: WatchedOrder): WatchedOrder | undefined {
    const watch = this.#entries.get(id)?.watch;
    return watch?.watchedAt === watchedAt ? watch : undefined;
  }

  /**
   * Takes a watch in, in the place of any other one of the same order.
   *
   * @param watch The watch.
   * @param now The monotonic clock now, in milliseconds.
   */
  put(watch: WatchedOrder, now: number): void {
    const before = this.#entries.get(watch.id);
    if (before?.watch.watchedAt === watch.watchedAt) {
      this.census.change(before.watch, watch);
      this.#entries.set(watch.id, { watch, beganAt: before.beganAt });
      return;
    }
    this.remove(watch.id);
    const beganAt = Math.round(now - watch.watchedFor);
    this.census.add(watch, beganAt);
    this.#entries.set(watch.id, { watch, beganAt });
  }

  /**
   * Lets go of the watch of an order, if there is one.
   *
   * @param id The order's id.
   */
  remove(id: string): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    this.#entries.delete(id);
    this.census.remove(entry.watch, entry.beganAt);
  }
}
