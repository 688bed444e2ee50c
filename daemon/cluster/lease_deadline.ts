/**
 * For how long a lease may be gone by, as its daemon can tell by itself.
 *
 * @module
 */

/**
 * So long before the end of a lease its daemon asks nothing more, in
 * milliseconds. A question that was on its way for less than that has reached
 * CallFire before anybody else may ask about its order.
 */
const POLL_SAFETY_MARGIN_MS = 1_000;

/**
 * So long before the end of a lease the questions that are out are given up,
 * in milliseconds.
 */
const ABORT_MARGIN_MS = 500;

/** How a daemon tells what time has passed. */
export interface Clocks {
  /** Milliseconds of a clock that never goes back, but may stop in a sleep. */
  now(): number;
  /** The date as the machine has it, in milliseconds since 1970. */
  wallNow(): number;
}

/** A moment, by both clocks. */
export interface Moment {
  /** Milliseconds of the clock that never goes back. */
  readonly now: number;
  /** Milliseconds since 1970. */
  readonly wall: number;
}

/**
 * The term of a lease. It is counted from before the store was asked for it, so
 * that it never ends after the store's own count, and by the clock that says
 * that more time has passed: a machine that slept knows that by its date alone.
 */
export class LeaseDeadline {
  readonly #clocks: Clocks;
  readonly #duration: number;
  #since: Moment;

  /**
   * Begins at a moment that is not after the store began its own.
   *
   * @param clocks What tells the time.
   * @param duration How long the lease lasts, in milliseconds.
   * @param since The moment.
   */
  constructor(clocks: Clocks, duration: number, since: Moment) {
    this.#clocks = clocks;
    this.#duration = duration;
    this.#since = since;
  }

  /** How long questions may be out from now on, in milliseconds; 0 if not. */
  get left(): number {
    const { now, wall } = momentOf(this.#clocks);
    const passed = Math.max(now - this.#since.now, wall - this.#since.wall);
    return Math.max(0, this.#duration - ABORT_MARGIN_MS - passed);
  }

  /** Whether a question may be asked now. */
  get canPoll(): boolean {
    return this.left > POLL_SAFETY_MARGIN_MS - ABORT_MARGIN_MS;
  }

  /**
   * Begins anew.
   *
   * @param since A moment that is not after the store renewed it.
   */
  renew(since: Moment): void {
    this.#since = since;
  }
}

/**
 * What both clocks show now.
 *
 * @param clocks The clocks.
 */
export function momentOf(clocks: Clocks): Moment {
  return { now: clocks.now(), wall: clocks.wallNow() };
}
