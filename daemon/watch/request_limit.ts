/**
 * How often CallFire may be asked, over all orders of the account.
 *
 * @module
 */

/** How far questions may bunch when a timer was late, in milliseconds. */
const SLACK = 50;

/** One second, in milliseconds: what the limit counts in. */
const SECOND = 1000;

/**
 * A token bucket that fills evenly and never lets more than one second's worth
 * through within any one second.
 */
export class RequestLimit {
  #rate: number;
  /** When the next token is there, if the bucket were used evenly. */
  #nextAt = -Infinity;
  /** The last second's questions, round and round. */
  #started: Float64Array;
  #at = 0;

  /**
   * Begins with a full second's worth left.
   *
   * @param rate Questions a second, more than 0; `Infinity` for no limit.
   */
  constructor(rate: number) {
    this.#rate = rate;
    this.#started = emptyRing(rate);
  }

  /** Questions a second. */
  get rate(): number {
    return this.#rate;
  }

  /**
   * Changes the limit from now on.
   *
   * @param rate Questions a second, more than 0; `Infinity` for no limit.
   */
  setRate(rate: number): void {
    if (rate === this.#rate) return;
    const started = [
      ...this.#started.subarray(this.#at),
      ...this.#started.subarray(0, this.#at),
    ];
    this.#rate = rate;
    this.#started = emptyRing(rate);
    const kept = started.slice(-this.#started.length);
    // The newest end where the ring's next place begins.
    this.#started.set(kept, this.#started.length - kept.length);
    this.#at = 0;
  }

  /**
   * When the next question may be asked.
   *
   * @returns Milliseconds of the clock that `take` is given.
   */
  nextAt(): number {
    if (this.#rate === Infinity) return -Infinity;
    const aSecondAgo = this.#started[this.#at]! + SECOND;
    return Math.max(this.#nextAt - SLACK, aSecondAgo);
  }

  /**
   * Notes that a question is asked.
   *
   * @param now Milliseconds of a clock that never goes back, not before
   * `nextAt()`.
   */
  take(now: number): void {
    if (this.#rate === Infinity) return;
    this.#nextAt = Math.max(now, this.#nextAt) + SECOND / this.#rate;
    this.#started[this.#at] = now;
    this.#at = (this.#at + 1) % this.#started.length;
  }
}

function emptyRing(rate: number): Float64Array {
  const size = rate === Infinity ? 0 : Math.max(1, Math.floor(rate));
  return new Float64Array(size).fill(-Infinity);
}
