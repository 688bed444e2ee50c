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

/** How many seeds there are, and in how many tests. */
const SEEDS = 200;
const SEEDS_A_TEST = 25;

const sanitized = { sanitizeOps: true, sanitizeResources: true };

/** What went wrong at least once in all the seeds together. */
const together = new Tally();

for (let from = 1; from <= SEEDS; from += SEEDS_A_TEST) {
  const to = from + SEEDS_A_TEST - 1;
  Deno.test(
    `seeds ${from} to ${to} keep every promise`,
    sanitized,
    async () => {
      for (let seed = from; seed <= to; seed++) {
        const { duration, tally } = await simulated(seed);
        assert(duration >= 3_600_000, "a simulation takes an hour at least");
        together.addAll(tally);
      }
    },
  );
}

/** Simulates; what is broken is told with how to see it again. */
async function simulated(seed: number) {
  try {
    return await simulate({ seed, hours: 1 });
  } catch (error) {
    if (!(error instanceof BrokenPromise)) throw error;
    throw new Error(
      `${error.message}\nSee it again: deno task simulate --from ${seed} --trace`,
    );
  }
}

Deno.test(
  "everything that can go wrong has gone wrong in them",
  sanitized,
  () => {
    for (
      const kind of [
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
        "settled: fulfilled",
        "settled: partial",
        "settled: unfulfilled",
        "settled: errored",
        "settled: not_found",
        "settled: expired",
        "date steps",
        "pauses",
      ]
    ) {
      const count = together.startingWith(kind)
        .reduce((sum, [, count]) => sum + count, 0);
      assert(count > 0, `no ${kind} in ${SEEDS} seeds`);
    }
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
