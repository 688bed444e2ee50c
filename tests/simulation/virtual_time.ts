/**
 * Time that passes only in the simulation: from one timer to the next.
 *
 * @module
 */

import { setImmediate } from "node:timers";

interface Timer {
  due: number;
  /** Tells those apart that are due together: first set, first called. */
  turn: number;
  callback: (() => void) | undefined;
}

/** The date that a simulation begins at, in milliseconds since 1970. */
export const BEGINNING = Date.UTC(2030, 0, 1);

/** From how many milliseconds on time in which nothing happens is long. */
const LONG = 5;

/** The one time line of a simulation, and all that is to happen on it. */
export class VirtualTime {
  /** By how much the machine's date is off, in milliseconds. */
  dateOffset = 0;
  /** When it last stood still for long, in active time. */
  stoodStillAt = -Infinity;
  /** How often something went on in a turn of the event loop of its own. */
  turnsTaken = 0;
  #now = 0;
  #blocked = 0;
  /** A binary heap: no timer is due before its parent. */
  readonly #timers: Timer[] = [];
  #turns = 0;

  /** Milliseconds since the simulation began. */
  get now(): number {
    return this.#now;
  }

  /** Milliseconds since the simulation began in which things could happen. */
  get active(): number {
    return this.#now - this.#blocked;
  }

  /** Milliseconds since 1970, as a right clock has it. */
  get date(): number {
    return BEGINNING + this.#now;
  }

  /** When the next thing happens, or did not happen in time. */
  get nextAt(): number {
    while (this.#timers[0] && !this.#timers[0].callback) this.#pop();
    return this.#timers[0]?.due ?? Infinity;
  }

  /**
   * Lets something happen.
   *
   * @param delay In how many milliseconds, 0 or more; `Infinity` for never.
   * @param callback What is to happen.
   * @returns A function that calls it off.
   */
  setTimer(delay: number, callback: () => void): () => void {
    if (delay === Infinity) return () => {};
    const timer: Timer = {
      due: this.#now + Math.max(0, delay),
      turn: this.#turns++,
      callback,
    };
    this.#push(timer);
    return () => timer.callback = undefined;
  }

  /** Fulfilled after a while. */
  sleep(delay: number): Promise<void> {
    return new Promise((resolve) => this.setTimer(delay, resolve));
  }

  /**
   * Lets time pass in which nothing happens, though it should: a disk that
   * does not answer, a machine that sleeps.
   */
  block(milliseconds: number): void {
    this.#now += milliseconds;
    this.#blocked += milliseconds;
    if (milliseconds >= LONG) this.stoodStillAt = this.active;
  }

  /** Lets the next thing happen, and all that follows from it at once. */
  async step(): Promise<void> {
    const at = this.nextAt;
    if (at === Infinity) return;
    const { callback } = this.#pop()!;
    this.#now = Math.max(this.#now, at);
    callback?.();
    await this.#quiet();
  }

  /** Until nothing is left to be done before time goes on. */
  async #quiet(): Promise<void> {
    for (let before = -1; before !== this.turnsTaken;) {
      before = this.turnsTaken;
      // What is queued during the first turn runs before the second one.
      await eventLoopTurn();
      await eventLoopTurn();
    }
  }

  #push(timer: Timer): void {
    const heap = this.#timers;
    let place = heap.push(timer) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!isBefore(timer, heap[parent]!)) break;
      heap[place] = heap[parent]!;
      place = parent;
    }
    heap[place] = timer;
  }

  #pop(): Timer | undefined {
    const heap = this.#timers;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last || heap.length === 0) return first;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) {
        child++;
      }
      if (!isBefore(heap[child]!, last)) break;
      heap[place] = heap[child]!;
      place = child;
    }
    heap[place] = last;
    return first;
  }
}

function isBefore(one: Timer, other: Timer): boolean {
  return one.due < other.due ||
    (one.due === other.due && one.turn < other.turn);
}

function eventLoopTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
