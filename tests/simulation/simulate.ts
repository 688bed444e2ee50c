/**
 * Simulates what a seed decides.
 *
 * @module
 */

import { describeScenario, makeUpScenario } from "./scenario.ts";
import { Simulation } from "./simulation.ts";
import { formatTime } from "./trace.ts";
import type { Tally } from "./world.ts";

/** How long a last recovery may take, besides two questions for each order. */
const LONGEST_RECOVERY = 6 * 60_000;

/** How to simulate. */
export interface SimulateOptions {
  /** What decides everything. */
  seed: number;
  /** How long things go wrong. */
  hours: number;
  /** Whether several daemons share a database, for a sixth of that time. */
  isShared?: boolean;
  /** Where to print what happens; absent for nowhere. */
  print?: ((line: string) => void) | undefined;
}

/** What a simulation came to. */
export interface Outcome {
  /** What it was about, in one line. */
  description: string;
  /** A number that all that happened decides together. */
  digest: number;
  /** How long it took, in milliseconds of its own time. */
  duration: number;
  /** How often what happened. */
  tally: Tally;
  /** From the end of all faults to the last settled order, in milliseconds. */
  recovery: number;
  /**
   * The longest from the death of a daemon until another one held its orders,
   * while nothing else was wrong, in milliseconds; 0 where that never was.
   */
  takeover: number;
}

/**
 * Simulates.
 *
 * @param options How.
 * @returns What it came to, if every promise was kept.
 * @throws {BrokenPromise} If one was not.
 */
export async function simulate(
  { seed, hours, isShared, print }: SimulateOptions,
): Promise<Outcome> {
  const scenario = makeUpScenario(seed, hours, isShared);
  using simulation = new Simulation(scenario, print);
  const { callfire, daemons, ledger, tally, time } = simulation;
  await simulation.pass(scenario.duration);
  simulation.mend();
  const mendedAt = time.now;
  await simulation.until(() => simulation.isUp);
  const startedAt = time.now;
  // An answer that was on its way may still have asked for some time.
  const deadline = () =>
    LONGEST_RECOVERY +
    Math.max(
      startedAt,
      ...daemons.callable.map((one) => callfire.promises.quietUntil(one)),
    ) +
    2 * scenario.orders * 1000 / scenario.maxRequestsPerSecond;
  let end = deadline();
  await simulation.until(() =>
    ledger.watching === 0 || time.now > end && time.now > (end = deadline())
  );
  const recovery = time.now - mendedAt;
  if (ledger.watching > 0) {
    simulation.broken(
      `${ledger.watching} orders have not settled by ${formatTime(end)}`,
    );
  }
  await simulation.finish();
  tally.add("orders", callfire.orders.size);
  tally.add("questions", callfire.promises.questions);
  tally.add("events", ledger.last);
  return {
    description: describeScenario(scenario),
    digest: simulation.trace.digest,
    duration: time.now,
    tally,
    recovery,
    takeover: simulation.longestTakeover,
  };
}
