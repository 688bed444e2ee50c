/**
 * How watches stand that were polled without a change, until that is stored.
 *
 * @module
 */

import type { Clock } from "../../mod.ts";
import type { WatchedOrder } from "../polling/watched_order.ts";

/** How long something waits for a commit to go with, in milliseconds. */
const LONGEST_WAIT = 5_000;

/** Keeps the last of each order. */
export class DeferredPolls {
  readonly #clock: Clock;
  readonly #store: () => void;
  readonly #byId = new Map<string, WatchedOrder>();
  #cancel: (() => void) | undefined;

  /**
   * Begins with none.
   *
   * @param clock Where the time comes from.
   * @param store Is called when they have waited long enough.
   */
  constructor(clock: Clock, store: () => void) {
    this.#clock = clock;
    this.#store = store;
  }

  /** Whether there are none. */
  get isEmpty(): boolean {
    return this.#byId.size === 0;
  }

  /** Those of all orders. */
  all(): Iterable<WatchedOrder> {
    return this.#byId.values();
  }

  /** The one of an order, if there is one. */
  find(id: string): WatchedOrder | undefined {
    return this.#byId.get(id);
  }

  /** Keeps one in place of what there was of its order. */
  put(watch: WatchedOrder): void {
    this.#byId.set(watch.id, watch);
    this.await();
  }

  /** Sees to it that those there are, if any, are stored before long. */
  await(): void {
    if (this.isEmpty || this.#cancel) return;
    this.#cancel = this.#clock.setTimer(() => {
      this.#cancel = undefined;
      this.#store();
    }, LONGEST_WAIT);
  }

  /**
   * Forgets those that are stored, but for orders that were touched since.
   *
   * @param stored Those that are.
   */
  stored(stored: Iterable<WatchedOrder>): void {
    for (const watch of stored) {
      if (this.#byId.get(watch.id) === watch) this.#byId.delete(watch.id);
    }
    if (this.isEmpty) this.clear();
  }

  /** Forgets them all. */
  clear(): void {
    this.#byId.clear();
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
