/**
 * How often CallFire may be asked, over all orders of the account.
 *
 * @module
 */

/** How far questions may bunch when a timer was late, in milliseconds. */
const SLACK = 50;

/** One second, in milliseconds: what the limit counts in. */
const SECOND = 1000;

/** How many questions are remembered; no second's worth is counted beyond. */
const REMEMBERED = 10_000;

/**
 * A token bucket that fills evenly and never lets more than one second's worth
 * through within any one second. There are no fractions of a question: 2.5 a
 * second are at most 3 within 1.2 seconds, 0.2 a second are 1 within five.
 */
export class RequestLimit {
  #rate = Infinity;
  /** When the next token is there, if the bucket were used evenly. */
  #nextAt = -Infinity;
  /** When the last questions were asked, round and round. */
  readonly #asked = new Float64Array(REMEMBERED).fill(-Infinity);
  #place = 0;

  /**
   * Begins with nothing asked.
   *
   * @param rate Questions a second, more than 0; `Infinity` for no limit.
   */
  constructor(rate: number) {
    this.setRate(rate);
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
    this.#nextAt += SECOND / rate - SECOND / this.#rate;
    this.#rate = rate;
  }

  /**
   * When the next question may be asked.
   *
   * @returns Milliseconds of the clock that `take` is given.
   */
  nextAt(): number {
    const worth = Math.min(REMEMBERED, Math.ceil(this.#rate));
    const worthAt = this.#lastBut(worth - 1) + worth * SECOND / this.#rate;
    return Math.max(this.#nextAt - SLACK, worthAt);
  }

  /**
   * Notes that a question is asked.
   *
   * @param now Milliseconds of a clock that never goes back, not before
   * `nextAt()`.
   */
  take(now: number): void {
    this.#nextAt = Math.max(now, this.#nextAt) + SECOND / this.#rate;
    this.#asked[this.#place] = now;
    this.#place = (this.#place + 1) % REMEMBERED;
  }

  /**
   * How many questions were asked since a time.
   *
   * @param time Milliseconds of the same clock.
   * @returns Those asked after it, at most the last 10,000.
   */
  askedSince(time: number): number {
    let count = 0;
    while (count < REMEMBERED && this.#lastBut(count) > time) count++;
    return count;
  }

  /** When the last question but so many was asked. */
  #lastBut(count: number): number {
    return this.#asked.at(this.#place - 1 - count)!;
  }
}
