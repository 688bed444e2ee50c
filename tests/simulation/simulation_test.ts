/**
 * Seeds of the simulation that every change must pass.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
} from "@std/assert";
import { BrokenPromise, Simulation } from "./simulation.ts";
import { makeUpScenario } from "./scenario.ts";
import { simulate } from "./simulate.ts";
import { Tally } from "./world.ts";

/** How many seeds there are in a test. */
const SEEDS_A_TEST = 25;

const sanitized = { sanitizeOps: true, sanitizeResources: true };

/** What went wrong at least once in all the seeds together. */
const together = seedsKeepEveryPromise({ seeds: 200, minutes: 60 });

/** The same of daemons that share a database. */
const sharedTogether = seedsKeepEveryPromise({
  seeds: 100,
  minutes: 10,
  isShared: true,
});

/** The seeds of one kind, and how long each takes at least. */
interface Seeds {
  seeds: number;
  minutes: number;
  isShared?: boolean;
}

function seedsKeepEveryPromise(
  { seeds, minutes, isShared = false }: Seeds,
): Tally {
  const together = new Tally();
  for (let from = 1; from <= seeds; from += SEEDS_A_TEST) {
    const to = from + SEEDS_A_TEST - 1;
    Deno.test(
      `seeds ${from} to ${to} keep every promise` +
        (isShared ? " that daemons on one database make" : ""),
      sanitized,
      async () => {
        for (let seed = from; seed <= to; seed++) {
          const { duration, tally } = await simulated(seed, isShared);
          assert(duration >= minutes * 60_000, "a simulation is too short");
          together.addAll(tally);
        }
      },
    );
  }
  return together;
}

/** Simulates; what is broken is told with how to see it again. */
async function simulated(seed: number, isShared: boolean) {
  try {
    return await simulate({ seed, hours: 1, isShared });
  } catch (error) {
    if (!(error instanceof BrokenPromise)) throw error;
    throw new Error(
      `${error.message}\nSee it again: deno task simulate --from ${seed} ` +
        (isShared ? "--shared --trace" : "--trace"),
    );
  }
}

function assertAllHappened(tally: Tally, kinds: readonly string[]): void {
  for (const kind of kinds) {
    const count = tally.startingWith(kind)
      .reduce((sum, [, count]) => sum + count, 0);
    assert(count > 0, `no ${kind} in all seeds`);
  }
}

Deno.test(
  "everything that can go wrong has gone wrong in them",
  sanitized,
  () => {
    assertAllHappened(together, [
      "answer: fine",
      "answer: silent",
      "answer: slow",
      "answer: cutting",
      "answer: garbled",
      "answer: misleading",
      "answer: refusing",
      "answer: forbidding",
      "answer: forgetting",
      "answer: limiting",
      "answer: failing",
      "answer: unreachable",
      "disk: full",
      "disk: slow",
      "disk: flaky",
      "death: before a commit",
      "death: after a commit",
      "death: before a question",
      "death: between two turns",
      "death: before an event is sent",
      "death: before a message is sent",
      "death: before a message is answered",
      "settled: fulfilled",
      "settled: partial",
      "settled: unfulfilled",
      "settled: errored",
      "settled: not_found",
      "settled: expired",
      "webhook: delivered",
      "webhook: repeated",
      "webhook: refused",
      "webhook: timeout",
      "webhook: network",
      "webhook: gone",
      "webhook: given up",
      "webhook: parked",
      "receiver: fine",
      "receiver: slow",
      "receiver: failing",
      "receiver: hanging",
      "receiver: closing",
      "receiver: picky",
      "receiver: down",
      "date steps",
      "pauses",
    ]);
    assertAllHappened(sharedTogether, [
      "answer: fine",
      "answer: silent",
      "answer: unreachable",
      "database: fine",
      "database: away",
      "database: losing",
      "database: slow",
      "database: stalling",
      "database: answer lost",
      "death: before a statement",
      "death: before an answer of the database",
      "death: before a question",
      "orders taken over from the dead",
      "webhook: delivered",
      "webhook: repeated",
      "webhook: gone",
      "webhook: given up",
      "webhook: delivery taken over",
      "settled: fulfilled",
      "date steps",
      "pauses",
      "sleeps",
    ]);
  },
);

Deno.test("a seed decides everything that happens", sanitized, async () => {
  const [first, again, other] = [
    await simulate({ seed: 7, hours: 0.2 }),
    await simulate({ seed: 7, hours: 0.2 }),
    await simulate({ seed: 8, hours: 0.2 }),
  ];
  assertEquals(again.digest, first.digest);
  assertNotEquals(other.digest, first.digest);
});

Deno.test(
  "a broken promise ends a simulation, with what led to it",
  sanitized,
  async () => {
    using world = new Simulation(makeUpScenario(1, 0.1));
    world.time.setTimer(60_000, () => world.broken("as it is told"));
    const broken = await assertRejects(
      () => world.pass(360_000),
      BrokenPromise,
      "as it is told",
    );
    assert(broken.trace.at(-1)?.includes("BROKEN: as it is told"));
  },
);
