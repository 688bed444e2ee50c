/**
 * The date of a shared store, so that daemons whose clocks are apart note the
 * same dates.
 *
 * @module
 */

import type { Moment } from "./lease_deadline.ts";

/** By how much the date runs fast or slow while it is corrected, of 1. */
const MAX_SLEW = 0.01;

/** An error that is larger is corrected at once, in milliseconds. */
const MAX_SLEWED_ERROR = 1_000;

/**
 * A slewed clock: it is counted on by the monotonic clock and corrected gently,
 * so that the delays of the network move it little. A large error, after a
 * suspend or a step of the store's clock, is corrected at once: nothing is
 * measured by it, it is only noted with what happens.
 */
export class SlewedClock {
  readonly #now: () => number;
  /** The date at the time 0 of the clock, as it was at `#since`. */
  #offset: number;
  #since = -Infinity;
  /** What the offset goes towards. */
  #goal: number;
  #isFirst = true;

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
   * Corrects it, as far as it cannot be right. The first correction is taken as
   * it is.
   *
   * @param date The other date, in milliseconds since 1970, at some moment
   * since it was asked for.
   * @param asked When it was asked for.
   */
  hear(date: number, asked: Moment): void {
    const now = this.#now();
    const [latest, earliest] = [date - asked.now, date - now];
    this.#offset = this.#offsetAt(now);
    this.#since = now;
    this.#goal = this.#isFirst
      ? (latest + earliest) / 2
      : Math.min(latest, Math.max(earliest, this.#offset));
    const error = Math.abs(this.#goal - this.#offset);
    if (this.#isFirst || error > MAX_SLEWED_ERROR) this.#offset = this.#goal;
    this.#isFirst = false;
  }

  #offsetAt(now: number): number {
    const missing = this.#goal - this.#offset;
    if (missing === 0) return this.#offset;
    const most = MAX_SLEW * (now - this.#since);
    return this.#offset + Math.max(-most, Math.min(most, missing));
  }
}
