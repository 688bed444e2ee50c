/**
 * The watches that a daemon goes on with, each as it stands now, and counted.
 *
 * @module
 */

import { Census } from "./census.ts";
import type { WatchedOrder } from "./watched_order.ts";

/** Watches by the ids of their orders. */
export class WatchList implements Iterable<WatchedOrder> {
  /** How many there are, by their status. */
  readonly census = new Census();
  readonly #watches = new Map<string, WatchedOrder>();

  /** How many there are. */
  get size(): number {
    return this.#watches.size;
  }

  /** All of them. */
  [Symbol.iterator](): Iterator<WatchedOrder> {
    return this.#watches.values();
  }

  /**
   * The watch of an order; `undefined` if there is none.
   *
   * @param id The order's id.
   */
  find(id: string): WatchedOrder | undefined {
    return this.#watches.get(id);
  }

  /**
   * The same watch as it stands now; `undefined` if it has ended, or was
   * forgotten, and even begun anew.
   *
   * @param watch The watch as it stood once.
   */
  current({ id, watchedAt }: WatchedOrder): WatchedOrder | undefined {
    const watch = this.#watches.get(id);
    return watch?.watchedAt === watchedAt ? watch : undefined;
  }

  /**
   * Takes a watch in, in the place of any other one of the same order.
   *
   * @param watch The watch.
   */
  put(watch: WatchedOrder): void {
    const before = this.#watches.get(watch.id);
    if (before?.watchedAt === watch.watchedAt) {
      this.census.change(before, watch);
    } else {
      if (before) this.census.remove(before);
      this.census.add(watch);
    }
    this.#watches.set(watch.id, watch);
  }

  /**
   * Lets go of the watch of an order, if there is one.
   *
   * @param id The order's id.
   */
  remove(id: string): void {
    const watch = this.#watches.get(id);
    if (!watch) return;
    this.#watches.delete(id);
    this.census.remove(watch);
  }
}
