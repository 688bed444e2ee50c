/**
 * What a seed makes of a simulation: how much there is to do, and how much goes
 * wrong.
 *
 * @module
 */

import { Dice } from "./dice.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** So much shorter is the time in which several daemons are simulated. */
const DENSITY = 6;

/** What differs from one simulation to another. Times are in milliseconds. */
export interface Scenario {
  /** What decides everything else. */
  readonly seed: number;
  /**
   * How many daemons share a database; 0 for one daemon with a database of its
   * own.
   */
  readonly sharedBy: number;
  /** How long things go wrong. */
  readonly duration: number;
  /** The account-wide limit, in questions a second; `Infinity` for none. */
  readonly maxRequestsPerSecond: number;
  /** How many orders are placed. */
  readonly orders: number;
  /** How many endpoints of webhooks are registered for all orders. */
  readonly webhooks: number;
  /** The age at which a watch is given up. */
  readonly expireAfter: number;
  /** From one bad spell of CallFire to the next, on average. */
  readonly badWeatherEvery: number;
  /** From one bad spell of a receiver of webhooks to the next. */
  readonly badReceiverEvery: number;
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
  /** The longest that CallFire asks anybody to stay away, in seconds. */
  readonly longestRetryAfter: number;
  /** How often something goes wrong with one answer in good weather, of 1. */
  readonly strayFaults: number;
}

/** One in which nothing happens, so that a test can say what does. */
export const CALM: Scenario = {
  seed: 1,
  sharedBy: 0,
  duration: Infinity,
  maxRequestsPerSecond: 10,
  orders: 0,
  webhooks: 0,
  expireAfter: 24 * HOUR,
  badWeatherEvery: Infinity,
  badReceiverEvery: Infinity,
  badDiskEvery: Infinity,
  crashEvery: Infinity,
  restartEvery: Infinity,
  dateStepEvery: Infinity,
  pauseEvery: Infinity,
  longestRetryAfter: 1e9,
  strayFaults: 0,
};

/**
 * Makes a scenario up.
 *
 * @param seed What decides it.
 * @param hours How long things go wrong.
 * @param isShared Whether several daemons share a database.
 */
export function makeUpScenario(
  seed: number,
  hours: number,
  isShared = false,
): Scenario {
  const dice = new Dice(seed, "scenario");
  // Most of what can go wrong does so in most simulations, but not in all, so
  // that one fault does not hide another.
  const every = (least: number, most: number) =>
    dice.chance(0.25) ? Infinity : dice.magnitude(least, most);
  const webhookDice = new Dice(seed, "scenario of webhooks");
  const size = dice.random();
  const scenario = {
    seed,
    sharedBy: 0,
    duration: hours * HOUR,
    maxRequestsPerSecond: dice.pick([0.5, 2, 10, 10, Infinity]),
    orders: Math.round(
      size < 0.8
        ? dice.magnitude(1, 60)
        : size < 0.98
        ? dice.between(60, 150)
        : dice.between(150, 400),
    ),
    webhooks: webhookDice.pick([0, 1, 1, 2, 3]),
    expireAfter: dice.magnitude(10 * MINUTE, 24 * HOUR),
    badWeatherEvery: every(2 * MINUTE, 30 * MINUTE),
    badReceiverEvery: webhookDice.chance(0.15)
      ? Infinity
      : webhookDice.magnitude(MINUTE / 2, 15 * MINUTE),
    badDiskEvery: every(2 * MINUTE, 30 * MINUTE),
    crashEvery: every(MINUTE, 30 * MINUTE),
    restartEvery: every(5 * MINUTE, 60 * MINUTE),
    dateStepEvery: every(5 * MINUTE, 60 * MINUTE),
    pauseEvery: every(5 * MINUTE, 60 * MINUTE),
    longestRetryAfter: 1e9,
    strayFaults: dice.chance(0.25) ? 0 : 0.02,
  };
  return isShared ? share(scenario, dice) : scenario;
}

/**
 * Several daemons on one database have something to do every second, so that
 * their time is dear: more goes wrong in less of it.
 */
function share(scenario: Scenario, dice: Dice): Scenario {
  const { badDiskEvery, badReceiverEvery, badWeatherEvery } = scenario;
  const {
    crashEvery,
    dateStepEvery,
    duration,
    orders,
    pauseEvery,
    restartEvery,
  } = scenario;
  return {
    ...scenario,
    sharedBy: dice.whole(1, 4),
    duration: duration / DENSITY,
    orders: Math.min(100, orders),
    badWeatherEvery: badWeatherEvery / DENSITY,
    badReceiverEvery: badReceiverEvery / DENSITY,
    badDiskEvery: badDiskEvery / DENSITY,
    crashEvery: crashEvery / DENSITY,
    restartEvery: restartEvery / DENSITY,
    dateStepEvery: dateStepEvery / DENSITY,
    pauseEvery: pauseEvery / DENSITY,
    longestRetryAfter: 60,
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
  return (scenario.sharedBy > 0 ? `daemons=${scenario.sharedBy} ` : "") +
    `orders=${scenario.orders} ` +
    `rate=${rate === Infinity ? "none" : `${rate}/s`} ` +
    `expire=${show(scenario.expireAfter)} ` +
    `webhooks=${scenario.webhooks} ` +
    `receivers=${show(scenario.badReceiverEvery)} ` +
    `weather=${show(scenario.badWeatherEvery)} ` +
    `disk=${show(scenario.badDiskEvery)} crash=${show(scenario.crashEvery)} ` +
    `restart=${show(scenario.restartEvery)} ` +
    `date=${show(scenario.dateStepEvery)} pause=${show(scenario.pauseEvery)}`;
}
