/**
 * The clock of one process, in virtual time.
 *
 * @module
 */

import type { Clock } from "../../mod.ts";
import type { Dice } from "./dice.ts";
import { BEGINNING, type VirtualTime } from "./virtual_time.ts";

/** By how much a clock may run fast or slow, of 1: what NTP corrects at most. */
export const LARGEST_DRIFT = 0.0005;

/**
 * Makes the clock of one process. It drifts, its timers are late and, since
 * they count in whole milliseconds, early, and its date is the machine's.
 *
 * @param time The time line.
 * @param dice Its chance.
 * @param isDead Whether the process has ended: then no timer fires.
 */
export function processClock(
  time: VirtualTime,
  dice: Dice,
  isDead: () => boolean,
): Clock {
  const bootedAt = time.now;
  const speed = 1 + dice.between(-LARGEST_DRIFT, LARGEST_DRIFT);
  const lateness = () =>
    dice.chance(0.98) ? dice.random() : dice.between(1, 50);
  const clock: Clock = {
    now: () => (time.now - bootedAt) * speed,
    date: () => new Date(BEGINNING + time.now + time.dateOffset),
    random: dice.random,
    setTimer: (callback, delay) =>
      time.setTimer(Math.floor(delay) + lateness(), () => {
        if (!isDead()) callback();
      }),
    sleep: (delay, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const cancel = clock.setTimer(() => {
          signal?.removeEventListener("abort", abort);
          resolve();
        }, delay);
        const abort = () => {
          cancel();
          reject(signal?.reason);
        };
        signal?.addEventListener("abort", abort, { once: true });
      }),
  };
  return clock;
}
