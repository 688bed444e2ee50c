/**
 * A date that follows another one, so that daemons whose clocks are minutes
 * apart tell an order's age alike.
 *
 * @module
 */

/**
 * By how much the date may run fast or slow while it comes closer, of 1. Ages
 * and pauses are taken from it, and a hundredth of them matters to nobody.
 */
const LARGEST_SLEW = 0.01;

/** A date that is counted on from the first it hears, and never jumps. */
export class FollowedDate {
  readonly #now: () => number;
  /** The date at the time 0 of the clock, as it was at `#since`. */
  #offset: number;
  #since = -Infinity;
  /** What the offset goes towards. */
  #goal: number;
  #isFollowing = false;

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
   * bit, as far as it cannot be right.
   *
   * @param date The other date, in milliseconds since 1970.
   * @param askedAt When it was asked for, in milliseconds of the clock.
   */
  hear(date: number, askedAt: number): void {
    const now = this.#now();
    const [latest, earliest] = [date - askedAt, date - now];
    if (!this.#isFollowing) {
      this.#isFollowing = true;
      this.#goal = this.#offset = (latest + earliest) / 2;
      return;
    }
    this.#offset = this.#offsetAt(now);
    this.#since = now;
    this.#goal = Math.min(latest, Math.max(earliest, this.#offset));
  }

  #offsetAt(now: number): number {
    const missing = this.#goal - this.#offset;
    if (missing === 0) return this.#offset;
    const most = LARGEST_SLEW * (now - this.#since);
    return this.#offset + Math.max(-most, Math.min(most, missing));
  }
}
