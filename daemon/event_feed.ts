/**
 * The events as they happen, for those who follow them.
 *
 * @module
 */

import type { Store, StoredEvent } from "./watch/store.ts";

/** How many of the last events are kept at hand. */
const KEPT_EVENTS = 10_000;

/** The most events that are given at once. */
const LARGEST_BATCH = 500;

/** Hands events on, from any place in their order. */
export class EventFeed {
  readonly #store: Store;
  readonly #kept: StoredEvent[] = [];
  #waiting = new Set<() => void>();

  /**
   * Begins with nothing at hand.
   *
   * @param store Where the events before those at hand are.
   */
  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Takes new events in, and wakes all who wait for them.
   *
   * @param events The events, in order.
   */
  publish(events: readonly StoredEvent[]): void {
    this.#kept.push(...events);
    // Cut seldom, since cutting moves all that is kept.
    if (this.#kept.length > 2 * KEPT_EVENTS) {
      this.#kept.splice(0, this.#kept.length - KEPT_EVENTS);
    }
    const waiting = this.#waiting;
    this.#waiting = new Set();
    waiting.forEach((wake) => wake());
  }

  /**
   * The events after a place, as many as are given at once.
   *
   * @param sequence The place: the sequence of the last event that is known.
   * @returns The next events; none if there is none yet.
   * @throws {StoreError} If they have to be read and cannot be.
   */
  async after(sequence: number): Promise<readonly StoredEvent[]> {
    const first = this.#kept[0]?.sequence;
    if (first === undefined || sequence + 1 < first) {
      return await this.#store.eventsAfter(sequence, LARGEST_BATCH);
    }
    // Every sequence from the first one on is at hand, so it tells the place.
    const from =
      this.#kept.findLastIndex((event) => event.sequence <= sequence) + 1;
    return this.#kept.slice(from, from + LARGEST_BATCH);
  }

  /**
   * Waits for the next event of all.
   *
   * @param signal Ends the wait.
   * @returns Fulfilled when there is one, or the signal is aborted.
   */
  next(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const wake = () => {
        this.#waiting.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener("abort", wake, { once: true });
    });
  }
}
