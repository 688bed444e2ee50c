/**
 * The clock of one process, in virtual time.
 *
 * @module
 */

import type { Clock } from "../../mod.ts";
import type { Dice } from "./dice.ts";
import type { Suspension } from "./suspension.ts";
import { BEGINNING, type VirtualTime } from "./virtual_time.ts";

/** By how much a clock may run fast or slow, of 1: what NTP corrects at most. */
export const LARGEST_DRIFT = 0.0005;

/** What the clock of a process is made of. */
export interface ProcessClockOptions {
  /** The time line. */
  time: VirtualTime;
  /** Chance. */
  dice: Dice;
  /** The machine; its date is off by so many milliseconds. */
  machine: { readonly dateOffset: number };
  /** Whether the process stands still. */
  suspension: Suspension;
  /** Whether the process has ended: then no timer fires. */
  isDead: () => boolean;
}

/**
 * Makes the clock of one process. It drifts, its timers are late and, since
 * they count in whole milliseconds, early, and its date is the machine's.
 *
 * @param options What it is made of.
 */
export function processClock(options: ProcessClockOptions): Clock {
  const { dice, isDead, machine, suspension, time } = options;
  const bootedAt = time.now;
  const speed = 1 + dice.between(-LARGEST_DRIFT, LARGEST_DRIFT);
  const lateness = () =>
    dice.chance(0.98) ? dice.random() : dice.between(1, 50);
  const clock: Clock = {
    now: () => (time.now - bootedAt - suspension.slept) * speed,
    date: () => new Date(BEGINNING + time.now + machine.dateOffset),
    random: dice.random,
    setTimer: (callback, delay) => {
      const wait = Math.floor(delay) + lateness();
      const due = time.now + wait - suspension.slept;
      let isCalledOff = false;
      const fire = () =>
        suspension.whenAwake(() => {
          if (isCalledOff || isDead()) return;
          // While the machine slept the timer did not come closer.
          const left = due + suspension.slept - time.now;
          if (left > 0.001) cancel = time.setTimer(left, fire);
          else callback();
        }, true);
      let cancel = time.setTimer(wait, fire);
      return () => {
        isCalledOff = true;
        cancel();
      };
    },
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
