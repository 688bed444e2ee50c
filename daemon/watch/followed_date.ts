/**
 * A date that follows another one, so that daemons whose clocks are minutes
 * apart tell an order's age alike.
 *
 * @module
 */

import type { Moment } from "./lease_term.ts";

/**
 * By how much the date may run fast or slow while it comes closer, of 1. Ages
 * and pauses are taken from it, and a hundredth of them matters to nobody.
 */
const LARGEST_SLEW = 0.01;

/**
 * A date that is counted on from the first it hears, and never jumps, except
 * over the time that the machine slept.
 */
export class FollowedDate {
  readonly #now: () => number;
  /** The date at the time 0 of the clock, as it was at `#since`. */
  #offset: number;
  #since = -Infinity;
  /** What the offset goes towards. */
  #goal: number;
  /** How far the machine's date was ahead of the clock when it last asked. */
  #lead: number | undefined;

  /**
   * Begins with the machine's date, until it hears of another one.
   *
   * @param now Milliseconds of a clock that never goes back.
   * @param date The machine's date now, in milliseconds since 1970.
   */
  constructor(now: () => number, date: number) {
    this.#now = now;
    this.#goal = this.#offset = date - now();
  }

  /** The date, in milliseconds since 1970. */
  get now(): number {
    const now = this.#now();
    return now + this.#offsetAt(now);
  }

  /**
   * Hears what the other date was at some moment since it was asked for. The
   * first that it hears is taken as it is; after that it comes closer bit by
   * bit, as far as it cannot be right. What both the other date and the
   * machine's own say that the clock has missed, it missed in a sleep of the
   * machine: that is made up for at once.
   *
   * @param date The other date, in milliseconds since 1970.
   * @param asked When it was asked for.
   */
  hear(date: number, asked: Moment): void {
    const now = this.#now();
    const [latest, earliest] = [date - asked.now, date - now];
    const lead = asked.wall - asked.now;
    const slept = Math.max(0, lead - (this.#lead ?? lead));
    const isFirst = this.#lead === undefined;
    this.#lead = lead;
    if (isFirst) {
      this.#goal = this.#offset = (latest + earliest) / 2;
      return;
    }
    this.#offset = this.#offsetAt(now);
    this.#since = now;
    this.#goal = Math.min(latest, Math.max(earliest, this.#offset));
    this.#offset += Math.max(0, Math.min(slept, this.#goal - this.#offset));
  }

  #offsetAt(now: number): number {
    const missing = this.#goal - this.#offset;
    if (missing === 0) return this.#offset;
    const most = LARGEST_SLEW * (now - this.#since);
    return this.#offset + Math.max(-most, Math.min(most, missing));
  }
}
