/**
 * A clock that a test holds in its hand.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import type { Clock } from "../../../mod.ts";

/** How long a test waits for a timer to be set, in real time. */
const MAX_REAL_WAIT_MS = 30_000;

interface Timer {
  due: number;
  callback: () => void;
}

/** Time that passes only when a test says so, and chance as it says. */
export class TestClock implements Clock {
  /** What `random()` answers, one after the other; the last one for ever. */
  chances: number[] = [0];
  #now = 0;
  /** The earliest first; of those due together, the one that was set first. */
  readonly #timers: Timer[] = [];
  #watchers: (() => void)[] = [];

  /** How many timers and sleeps are pending, those that never end too. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Milliseconds since the clock was made. */
  now(): number {
    return this.#now;
  }

  /** The date: the clock was made at noon on the first of January 2030. */
  date(): Date {
    return new Date(Date.UTC(2030, 0, 1, 12) + this.#now);
  }

  /** The next of the chances. */
  random(): number {
    const [next = 0, ...others] = this.chances;
    if (others.length > 0) this.chances = others;
    return next;
  }

  /** Calls back when the time has come, by itself for a delay of 0. */
  setTimer(callback: () => void, delay: number): () => void {
    const timer = { due: this.#now + Math.max(0, delay), callback };
    this.#timers.splice(this.#place(timer.due), 0, timer);
    this.#watchers.splice(0).forEach((watcher) => watcher());
    const real = delay <= 0
      ? setTimeout(() => this.#fire(timer), 0)
      : undefined;
    return () => {
      this.#remove(timer);
      clearTimeout(real);
    };
  }

  /** Pauses until the time has come. */
  sleep(delay: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const cancel = this.setTimer(() => {
        signal?.removeEventListener("abort", abort);
        resolve();
      }, delay);
      const abort = () => {
        cancel();
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", abort, { once: true });
    });
  }

  /**
   * Waits until something is pending that ends soon enough.
   *
   * @param atMost How soon, in milliseconds; by default at any time.
   * @returns How long it is to go on, in milliseconds.
   * @throws {Error} If nothing is pending after 30 s of real time.
   */
  sleeping(atMost = Number.MAX_VALUE): Promise<number> {
    return inRealTime(this.#sleeping(atMost));
  }

  async #sleeping(atMost: number): Promise<number> {
    for (;;) {
      const left = (this.#next()?.due ?? Infinity) - this.#now;
      if (left > 0 && left <= atMost) return left;
      await new Promise<void>((resolve) => this.#watchers.push(resolve));
    }
  }

  /** Lets time pass, and calls back whoever waits for it, in order. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    for (let next; (next = this.#next()) && next.due <= end;) {
      this.#now = next.due;
      this.#fire(next);
      await eventLoopTurn();
    }
    this.#now = end;
  }

  /**
   * Lets time pass, from one timer to the next, until a promise settles. It
   * must be that no timer is pending while a request is under way.
   */
  async runUntil<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const settled = promise
      .then(() => isSettled = true, () => isSettled = true);
    for (;;) {
      const milliseconds = await inRealTime(
        Promise.race([settled, this.#sleeping(Number.MAX_VALUE)]),
      );
      if (isSettled) return promise;
      await this.advance(Number(milliseconds));
    }
  }

  #next(): Timer | undefined {
    const first = this.#timers[0];
    return first && first.due < Infinity ? first : undefined;
  }

  #fire(timer: Timer): void {
    if (this.#remove(timer)) timer.callback();
  }

  #remove(timer: Timer): boolean {
    let place = this.#place(timer.due) - 1;
    while (this.#timers[place]?.due === timer.due) {
      if (this.#timers[place] === timer) {
        this.#timers.splice(place, 1);
        return true;
      }
      place--;
    }
    return false;
  }

  /** Behind all that are due by then. */
  #place(due: number): number {
    let [from, to] = [0, this.#timers.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.#timers[middle]!.due <= due) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

/** Fails where a promise would hang: what is tested has set no timer. */
function inRealTime<T>(promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error("no timer was set within 30 s")),
      MAX_REAL_WAIT_MS,
    );
  });
  return Promise.race([promise, over]).finally(() => clearTimeout(timer));
}

/** As between any two real timers, all that is ready to go on does so. */
function eventLoopTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
