/**
 * Time and chance, which come in from outside so that a test or a simulation
 * can own both.
 *
 * @module
 */

/**
 * Where a client takes its time and its chance from.
 *
 * @example A clock by which nothing is left to chance
 * ```ts
 * import { CallFireClient, type Clock, systemClock } from "@callfire-orders/client";
 *
 * const clock: Clock = { ...systemClock, random: () => 0.5 };
 * const callfire = CallFireClient.fromEnv({ clock });
 * await callfire.getNumberOrder("1642251003");
 * ```
 */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  now(): number;
  /** The date, as the wall clock has it; may jump. */
  date(): Date;
  /**
   * Pauses for `delay` milliseconds, 0 or more; `Infinity` pauses for ever.
   * Rejects with the signal's reason as soon as it is aborted.
   */
  sleep(delay: number, signal?: AbortSignal): Promise<void>;
  /**
   * Calls back once `delay` milliseconds have passed, 0 or more; `Infinity`
   * never does.
   *
   * @returns A function that calls it off.
   */
  setTimer(callback: () => void, delay: number): () => void;
  /** A number from 0 up to, but not including, 1. */
  random(): number;
}

/** The longest delay that `setTimeout` takes; a longer one would fire at once. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * The clock and the dice of the machine that this runs on.
 *
 * @example
 * ```ts
 * import { systemClock } from "@callfire-orders/client";
 *
 * const before = systemClock.now();
 * await systemClock.sleep(10);
 * console.log(systemClock.now() - before, "ms");
 * ```
 */
export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => new Date(),
  random: () => Math.random(),

  setTimer(callback: () => void, delay: number): () => void {
    if (delay <= MAX_TIMEOUT_MS) {
      const timer = setTimeout(callback, delay);
      return () => clearTimeout(timer);
    }
    if (delay === Infinity) return () => {};
    let cancel = systemClock.setTimer(() => {
      cancel = systemClock.setTimer(callback, delay - MAX_TIMEOUT_MS);
    }, MAX_TIMEOUT_MS);
    return () => cancel();
  },

  sleep(delay: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const cancel = systemClock.setTimer(() => {
        signal?.removeEventListener("abort", abort);
        resolve();
      }, delay);
      const abort = () => {
        cancel();
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", abort, { once: true });
    });
  },
};
