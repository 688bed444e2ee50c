/**
 * How many requests may be sent to CallFire, over all orders of the account.
 *
 * @module
 */

/** How far requests may bunch when a timer was late, in milliseconds. */
const SLACK = 50;

/**
 * What is added to the time that requests are counted in, in milliseconds.
 * Requests that left at different times may arrive closer to each other.
 */
export const SEND_MARGIN_MS = 20;

/** One second, in milliseconds: what the limit counts in. */
const SECOND = 1000;

/** How many requests are remembered; no window counts more. */
const REMEMBERED = 10_000;

/**
 * The time within which a limit counts requests, its margin included. There are
 * no fractions of a request: 10 a second are 10 within 1.02 seconds, 2.5 are 3
 * within 1.22, and 0.2 are 1 within 5.02.
 *
 * @param rate Requests a second, more than 0; `Infinity` for no limit.
 * @returns Milliseconds; 0 if there is no limit.
 */
export function limitWindow(rate: number): number {
  return windowOf(Math.ceil(rate), rate);
}

/**
 * A token bucket that fills evenly and decides when a request is begun, and a
 * sliding window that decides when it is sent. A request may be sent long after
 * it was begun, since it may have to connect, or the process to do other work.
 * Only requests that were sent are counted in the window.
 */
export class RequestLimit {
  #rate = Infinity;
  /** When the next token is there, if the bucket were used evenly. */
  #nextAt = -Infinity;
  /** When the last requests were sent, round and round. */
  readonly #sent = new Float64Array(REMEMBERED).fill(-Infinity);
  #place = 0;

  /**
   * Starts with nothing sent.
   *
   * @param rate Requests a second, more than 0; `Infinity` for no limit.
   */
  constructor(rate: number) {
    this.setRate(rate);
  }

  /** Requests a second. */
  get rate(): number {
    return this.#rate;
  }

  /** Milliseconds from one request to the next, if they are spread evenly. */
  get spacing(): number {
    return spacing(this.#rate);
  }

  /**
   * Changes the limit from now on.
   *
   * @param rate Requests a second, more than 0; `Infinity` for no limit.
   */
  setRate(rate: number): void {
    this.#nextAt += spacing(rate) - spacing(this.#rate);
    this.#rate = rate;
  }

  /**
   * When the next request may be begun.
   *
   * @returns Milliseconds of the clock that the other methods are given.
   */
  nextAt(): number {
    return Math.max(this.#nextAt - SLACK, this.#sendAt());
  }

  /**
   * Counts a request that is begun.
   *
   * @param now Milliseconds of a clock that never goes back, not before
   * `nextAt()`.
   */
  begin(now: number): void {
    this.#nextAt = Math.max(now, this.#nextAt) + spacing(this.#rate);
  }

  /**
   * Counts a request that is sent, if it may be sent now.
   *
   * @param now Milliseconds of the same clock.
   * @returns 0 if it is sent now; else for how many milliseconds it may not be.
   */
  admit(now: number): number {
    const at = this.#sendAt();
    if (now < at) {
      // Those that wait to be sent go before those that are not begun.
      this.#nextAt = Math.max(this.#nextAt, at);
      return at - now;
    }
    this.#sent[this.#place] = now;
    this.#place = (this.#place + 1) % REMEMBERED;
    return 0;
  }

  /**
   * How many requests were sent since a time.
   *
   * @param time Milliseconds of the same clock.
   * @returns Those sent after it, at most the last 10,000.
   */
  sentSince(time: number): number {
    let count = 0;
    while (count < REMEMBERED && this.#lastBut(count) > time) count++;
    return count;
  }

  /** When the next request may be sent. */
  #sendAt(): number {
    const worth = worthOf(this.#rate);
    return this.#lastBut(worth - 1) + windowOf(worth, this.#rate);
  }

  /** When the last request but so many was sent. */
  #lastBut(count: number): number {
    return this.#sent.at(this.#place - 1 - count)!;
  }
}

/** How many requests may be sent within the window of a limit. */
function worthOf(rate: number): number {
  return Math.min(REMEMBERED, Math.ceil(rate));
}

function windowOf(worth: number, rate: number): number {
  return rate === Infinity ? 0 : worth * SECOND / rate + SEND_MARGIN_MS;
}

/** From one request to the next, if they are spread evenly. */
function spacing(rate: number): number {
  const worth = worthOf(rate);
  return windowOf(worth, rate) / worth;
}
