/**
 * A limit of time that can be stopped for a while.
 *
 * @module
 */

import type { Clock } from "../clock.ts";

/** Calls back when so much time has passed while it ran. */
export class TimeLimit {
  readonly #clock: Clock;
  readonly #expire: () => void;
  #left: number;
  #startedAt = 0;
  #cancel = () => {};

  /**
   * Starts it.
   *
   * @param clock Where time comes from.
   * @param limit Milliseconds.
   * @param expire Called when they have passed.
   */
  constructor(clock: Clock, limit: number, expire: () => void) {
    this.#clock = clock;
    this.#left = limit;
    this.#expire = expire;
    this.start();
  }

  /** Runs from now on, with the time that was left. */
  start(): void {
    this.#startedAt = this.#clock.now();
    this.#cancel = this.#clock.setTimer(
      this.#expire,
      Math.max(0, this.#left),
    );
  }

  /** Stops; it then does not call back. */
  stop(): void {
    this.#cancel();
    this.#left -= this.#clock.now() - this.#startedAt;
  }
}
