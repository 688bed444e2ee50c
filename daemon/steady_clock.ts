/**
 * A clock whose date does not jump.
 *
 * @module
 */

import { type Clock, systemClock } from "../mod.ts";

/**
 * Makes a clock that takes the date once and then counts on from it. An order's
 * age is told by the date; were the machine's clock set forward by a day, each
 * order that is watched would seem to be a day old, and be given up.
 *
 * @param clock Where time and chance come from.
 */
export function steadyClock(clock: Clock = systemClock): Clock {
  const offset = clock.date().getTime() - clock.now();
  return { ...clock, date: () => new Date(Math.round(offset + clock.now())) };
}
