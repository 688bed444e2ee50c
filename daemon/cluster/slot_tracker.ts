/**
 * How many of its slots a daemon uses, and how many it may still have used
 * lately: a slot is given up at once, but told of only when no window that it
 * was used in can still be counted.
 *
 * @module
 */

import type { Standing } from "./lease_store.ts";
import { limitWindow } from "../polling/request_limit.ts";

/** Slots that were in use until some time ago. */
interface FormerUse {
  slots: number;
  /** When they can no longer count, in milliseconds. */
  countsUntil: number;
}

/** The slots of one lease, which begins without any. */
export class SlotTracker {
  readonly #maxRequestsPerSecond: number;
  #current = 0;
  #former: FormerUse[] = [];

  /**
   * Begins without slots.
   *
   * @param maxRequestsPerSecond Questions a second over all daemons, more than
   * 0; `Infinity` for no limit.
   */
  constructor(maxRequestsPerSecond: number) {
    this.#maxRequestsPerSecond = maxRequestsPerSecond;
  }

  /** How many may be used. */
  get current(): number {
    return this.#current;
  }

  /**
   * Uses what may be used and is fair, from now on.
   *
   * @param standing How this daemon stands.
   * @param now Milliseconds of a clock that never goes back.
   */
  stand(
    { fairSlots, otherLimit = Infinity, slots }:
      & Pick<Standing, "fairSlots" | "slots">
      & { otherLimit?: number | undefined },
    now: number,
  ): void {
    const next = Math.min(fairSlots, slots);
    if (next < this.#current) {
      const window = Math.max(
        limitWindow(this.#maxRequestsPerSecond),
        limitWindow(otherLimit),
      );
      this.#former.push({ slots: this.#current, countsUntil: now + window });
    }
    this.#current = next;
  }

  /**
   * The most that may have been used within the last window.
   *
   * @param now Milliseconds of the same clock.
   */
  used(now: number): number {
    this.#former = this.#former.filter(({ countsUntil }) => now < countsUntil);
    return Math.max(this.#current, ...this.#former.map(({ slots }) => slots));
  }
}
