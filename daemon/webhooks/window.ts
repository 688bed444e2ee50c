/**
 * The events that come next for one endpoint: which may be sent now, and up to
 * where all is done.
 *
 * @module
 */

import type { StoredEvent } from "../store/store.ts";
import { type Failures, isDue } from "./retries.ts";

/** How many events are owed at once that are known of, one by one. */
export const WINDOW_SIZE = 1_024;

/** An event that is to be sent. */
export interface PendingEvent {
  /** Its sequence. */
  readonly sequence: number;
  /** The id of its order. */
  readonly order: string;
  /** The event itself; `undefined` while it is not held. */
  event: StoredEvent | undefined;
  /** Whether it is being sent. */
  isUnderWay: boolean;
  /** Its failures; `null` for none. */
  failures: Failures | null;
  /** When it failed last, in milliseconds since 1970. */
  failedAt: number;
}

/** Holds events in their order. */
export class Window {
  #owed: PendingEvent[] = [];
  /** No other event is owed up to here. */
  #readTo: number;

  /**
   * Begins with no event.
   *
   * @param cursor The sequence up to which all is done.
   */
  constructor(cursor: number) {
    this.#readTo = cursor;
  }

  /** The sequence up to which events are held, or are not owed. */
  get readTo(): number {
    return this.#readTo;
  }

  /** The sequence up to which all is done. */
  get cursor(): number {
    const [first] = this.#owed;
    return first ? first.sequence - 1 : this.#readTo;
  }

  /**
   * Since when the event has failed that the cursor stands before, in
   * milliseconds since 1970; `null` if it has not.
   */
  get heldSince(): number | null {
    return this.#owed[0]?.failures?.since ?? null;
  }

  /** How many more events it can know of. */
  get room(): number {
    return WINDOW_SIZE - this.#owed.length;
  }

  /** How many events are not done with. */
  get left(): number {
    return this.#owed.length;
  }

  /**
   * Takes events in.
   *
   * @param events The next ones.
   * @param upTo The sequence up to which there are no others.
   */
  add(events: readonly StoredEvent[], upTo: number): void {
    for (const event of events) {
      this.#owed.push({
        sequence: event.sequence,
        order: event.watch.id,
        event,
        isUnderWay: false,
        failures: null,
        failedAt: -Infinity,
      });
    }
    this.#readTo = upTo;
  }

  /**
   * Holds no event any more but those that are being sent: an order may be of
   * thousands of numbers, and what waits may wait for a day.
   */
  letGo(): void {
    for (const owed of this.#owed) {
      if (!owed.isUnderWay) owed.event = undefined;
    }
  }

  /** Takes an event for done. */
  finish(owed: PendingEvent): void {
    this.#owed = this.#owed.filter((one) => one !== owed);
  }

  /**
   * Takes note that an endpoint is up again that was down. What began to fail
   * meanwhile failed for that alone, so it is as if it had done so now.
   *
   * @param since When it was found to be down, in milliseconds since 1970.
   * @param now The date, in milliseconds since 1970.
   */
  recover(since: number, now: number): void {
    for (const owed of this.#owed) {
      if (owed.failures && owed.failures.since >= since) {
        owed.failures = { since: now, count: 1, nextAt: now };
      }
    }
  }

  /**
   * Takes note of failures of the first event from before it was held, after
   * which it is tried at once, whatever the date was where they were noted.
   *
   * @param since When the first of them was, in milliseconds since 1970.
   */
  recall(since: number): void {
    const [first] = this.#owed;
    if (first) first.failures = { since, count: 1, nextAt: -Infinity };
  }

  /**
   * The event that may be sent now: the first one of its order that is left.
   *
   * @param now The date, in milliseconds since 1970.
   * @returns The event; `undefined` if there is none.
   */
  next(now: number): PendingEvent | undefined {
    const waiting = this.#waiting();
    return waiting.find(({ failedAt, failures }) =>
      failures && isDue(failures.nextAt, failedAt, now)
    ) ?? waiting.find(({ failures }) => !failures);
  }

  /**
   * The event by which to see whether an endpoint is up again: the one that
   * has failed least often.
   *
   * @returns The event; `undefined` if there is none.
   */
  probe(): PendingEvent | undefined {
    return this.#waiting().reduce<PendingEvent | undefined>(
      (best, one) => failuresOf(one) < failuresOf(best) ? one : best,
      undefined,
    );
  }

  /** When the next of those that failed is due; `Infinity` for none. */
  nextRetryAt(): number {
    return Math.min(
      ...this.#waiting().map(({ failures }) => failures?.nextAt ?? Infinity),
    );
  }

  /** Of each order the first event that is left, if it is not being sent. */
  #waiting(): PendingEvent[] {
    const orders = new Set<string>();
    const waiting: PendingEvent[] = [];
    for (const owed of this.#owed) {
      if (orders.has(owed.order)) continue;
      orders.add(owed.order);
      if (!owed.isUnderWay) waiting.push(owed);
    }
    return waiting;
  }
}

function failuresOf(owed: PendingEvent | undefined): number {
  return owed ? owed.failures?.count ?? 0 : Infinity;
}
