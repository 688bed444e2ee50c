/**
 * A process that stands still for a while, and hears of what happened meanwhile
 * when it goes on: one that was stopped, or whose machine slept.
 *
 * @module
 */

import type { VirtualTime } from "./virtual_time.ts";

/** Something that is to happen in the process. */
interface Waiting {
  callback: () => void;
  isTimer: boolean;
}

/** Whether a process stands still. */
export class Suspension {
  /** For how long its machine slept in all, so that its clock stood still. */
  slept = 0;
  /** When its machine last slept, in milliseconds of the simulation. */
  lastSleep = { from: -Infinity, to: -Infinity };
  readonly #time: VirtualTime;
  #waiting: Waiting[] = [];
  #isSuspended = false;

  /**
   * Begins with a process that goes on.
   *
   * @param time The time line.
   */
  constructor(time: VirtualTime) {
    this.#time = time;
  }

  /** Whether it stands still now. */
  get isSuspended(): boolean {
    return this.#isSuspended;
  }

  /** Lets it stand still for so many milliseconds, its machine's clock too. */
  suspend(milliseconds: number, isAsleep: boolean): void {
    if (this.#isSuspended) return;
    this.#isSuspended = true;
    this.#time.setTimer(milliseconds, () => {
      if (isAsleep) {
        this.slept += milliseconds;
        const { now } = this.#time;
        this.lastSleep = { from: now - milliseconds, to: now };
      }
      this.#wake();
    });
  }

  /**
   * Lets something happen in the process as soon as it goes on.
   *
   * @param callback What is to happen.
   * @param isTimer Whether it is a timer: those come first.
   */
  whenAwake(callback: () => void, isTimer = false): void {
    if (this.#isSuspended) this.#waiting.push({ callback, isTimer });
    else callback();
  }

  #wake(): void {
    this.#isSuspended = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const first of [true, false]) {
      for (const { callback, isTimer } of waiting) {
        // It may stand still again before all have had their turn.
        if (isTimer !== first) continue;
        this.#time.setTimer(0, () => this.whenAwake(callback, isTimer));
      }
    }
  }
}
