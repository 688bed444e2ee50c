/**
 * What a seed makes of a simulation: how much there is to do, and how much goes
 * wrong.
 *
 * @module
 */

import { Dice } from "./dice.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** What differs from one simulation to another. Times are in milliseconds. */
export interface Scenario {
  /** What decides everything else. */
  readonly seed: number;
  /** How long things go wrong. */
  readonly duration: number;
  /** The account-wide limit, in questions a second; `Infinity` for none. */
  readonly maxRequestsPerSecond: number;
  /** How many orders are placed. */
  readonly orders: number;
  /** The age at which a watch is given up. */
  readonly expireAfter: number;
  /** From one bad spell of CallFire to the next, on average. */
  readonly badWeatherEvery: number;
  /** From one bad spell of the disk to the next. */
  readonly badDiskEvery: number;
  /** From one crash to the next. */
  readonly crashEvery: number;
  /** From one orderly restart to the next. */
  readonly restartEvery: number;
  /** From one step of the machine's date to the next. */
  readonly dateStepEvery: number;
  /** From one pause of the whole machine to the next. */
  readonly pauseEvery: number;
  /** How often something goes wrong with one answer in good weather, of 1. */
  readonly strayFaults: number;
}

/** One in which nothing happens, so that a test can say what does. */
export const CALM: Scenario = {
  seed: 1,
  duration: Infinity,
  maxRequestsPerSecond: 10,
  orders: 0,
  expireAfter: 24 * HOUR,
  badWeatherEvery: Infinity,
  badDiskEvery: Infinity,
  crashEvery: Infinity,
  restartEvery: Infinity,
  dateStepEvery: Infinity,
  pauseEvery: Infinity,
  strayFaults: 0,
};

/**
 * Makes a scenario up.
 *
 * @param seed What decides it.
 * @param hours How long things go wrong.
 */
export function makeUpScenario(seed: number, hours: number): Scenario {
  const dice = new Dice(seed, "scenario");
  // Most of what can go wrong does so in most simulations, but not in all, so
  // that one fault does not hide another.
  const every = (least: number, most: number) =>
    dice.chance(0.25) ? Infinity : dice.magnitude(least, most);
  const size = dice.random();
  return {
    seed,
    duration: hours * HOUR,
    maxRequestsPerSecond: dice.pick([0.5, 2, 10, 10, Infinity]),
    orders: Math.round(
      size < 0.8
        ? dice.magnitude(1, 60)
        : size < 0.98
        ? dice.between(60, 150)
        : dice.between(150, 400),
    ),
    expireAfter: dice.magnitude(10 * MINUTE, 24 * HOUR),
    badWeatherEvery: every(2 * MINUTE, 30 * MINUTE),
    badDiskEvery: every(2 * MINUTE, 30 * MINUTE),
    crashEvery: every(MINUTE, 30 * MINUTE),
    restartEvery: every(5 * MINUTE, 60 * MINUTE),
    dateStepEvery: every(5 * MINUTE, 60 * MINUTE),
    pauseEvery: every(5 * MINUTE, 60 * MINUTE),
    strayFaults: dice.chance(0.25) ? 0 : 0.02,
  };
}

/**
 * Describes a scenario in one line.
 *
 * @param scenario The scenario.
 */
export function describeScenario(scenario: Scenario): string {
  const show = (value: number) =>
    value === Infinity ? "never" : `${(value / MINUTE).toFixed(1)}m`;
  const { maxRequestsPerSecond: rate } = scenario;
  return `orders=${scenario.orders} ` +
    `rate=${rate === Infinity ? "none" : `${rate}/s`} ` +
    `expire=${show(scenario.expireAfter)} ` +
    `weather=${show(scenario.badWeatherEvery)} ` +
    `disk=${show(scenario.badDiskEvery)} crash=${show(scenario.crashEvery)} ` +
    `restart=${show(scenario.restartEvery)} ` +
    `date=${show(scenario.dateStepEvery)} pause=${show(scenario.pauseEvery)}`;
}
