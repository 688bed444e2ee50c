/**
 * The events as they happen, for those who follow them.
 *
 * @module
 */

import type { Store, StoredEvent } from "./store/store.ts";

/** How many of the last events are kept at hand. */
const KEPT_EVENTS = 10_000;

/** The most events that are given at once. */
const MAX_BATCH_SIZE = 100;

/** What those wait for who wait for any event; no order has this id. */
const ANY_ORDER = "";

/** Hands events on, from any place in their order. */
export class EventFeed {
  readonly #store: Pick<Store, "eventsAfter">;
  readonly #kept: StoredEvent[] = [];
  #rewind = new AbortController();
  /** Who is to be woken, by the order whose events they wait for. */
  readonly #waiting = new Map<string, Set<() => void>>();

  /**
   * Begins with nothing at hand.
   *
   * @param store Where the events before those at hand are.
   */
  constructor(store: Pick<Store, "eventsAfter">) {
    this.#store = store;
  }

  /** Is aborted when events that were handed on turn out to be lost. */
  get rewound(): AbortSignal {
    return this.#rewind.signal;
  }

  /** How many wait for an event. */
  get waiting(): number {
    return [...this.#waiting.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /**
   * Takes new events in, and wakes all who wait for them.
   *
   * @param events The events, in order.
   */
  publish(events: readonly StoredEvent[]): void {
    for (const event of events) this.#kept.push(event);
    // Cut seldom, since cutting moves all that is kept.
    if (this.#kept.length > 2 * KEPT_EVENTS) {
      this.#kept.splice(0, this.#kept.length - KEPT_EVENTS);
    }
    if (this.#waiting.size === 0) return;
    for (const { watch } of events) this.#wake(watch.id);
    this.#wake(ANY_ORDER);
  }

  /** Forgets all events: some are lost, and their sequences are used again. */
  rewind(): void {
    this.#kept.length = 0;
    this.#rewind.abort();
    this.#rewind = new AbortController();
    for (const id of [...this.#waiting.keys()]) this.#wake(id);
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
      return await this.#store.eventsAfter(sequence, MAX_BATCH_SIZE);
    }
    // Every event from the first one on is at hand, so it tells the place.
    const from =
      this.#kept.findLastIndex((event) => event.sequence <= sequence) + 1;
    return this.#kept.slice(from, from + MAX_BATCH_SIZE);
  }

  /**
   * Calls back once, at the next event after a place.
   *
   * @param sequence The place; for one that came since it was read, it is
   * called soon.
   * @param wake Is called.
   * @returns Lets it not be called any more.
   */
  onNext(sequence: number, wake: () => void): () => void {
    const last = this.#kept.at(-1)?.sequence ?? 0;
    if (last <= sequence) return this.#onNextOf(ANY_ORDER, wake);
    let isOff = false;
    queueMicrotask(() => isOff || wake());
    return () => isOff = true;
  }

  /**
   * Waits for the next event of one order.
   *
   * @param id The order's id.
   * @param signal Ends the wait.
   * @returns Fulfilled when there is one, or the signal is aborted.
   */
  nextOf(id: string, signal: AbortSignal): Promise<void> {
    return woken((wake) => this.#onNextOf(id, wake), signal);
  }

  #onNextOf(id: string, wake: () => void): () => void {
    const waiting = this.#waiting.get(id) ?? new Set();
    this.#waiting.set(id, waiting.add(wake));
    return () => {
      waiting.delete(wake);
      // There may be another one by then, of those who came after an event.
      if (waiting.size === 0 && this.#waiting.get(id) === waiting) {
        this.#waiting.delete(id);
      }
    };
  }

  #wake(id: string): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    waiting?.forEach((wake) => wake());
  }
}

/**
 * Waits to be called back.
 *
 * @param listen Has it called back once; answers with what calls that off.
 * @param signal Ends the wait.
 * @returns Fulfilled when it is called, or the signal is aborted.
 */
export function woken(
  listen: (wake: () => void) => () => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      cancel();
      signal.removeEventListener("abort", end);
      resolve();
    };
    const cancel = listen(end);
    signal.addEventListener("abort", end, { once: true });
  });
}
