/**
 * What simulations have found, each by itself.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { WatchRequest } from "../../daemon/polling/tracker.ts";
import {
  placeOrders as place,
  simulateScript as simulate,
} from "./scripted_simulation.ts";
import type { Simulation } from "./simulation.ts";

/** Forgets orders and watches them anew, in one turn. */
function beginAnew({ calls }: Simulation, orders: WatchRequest[]): void {
  for (const { id } of orders) calls.forget(id);
  calls.watch(orders);
}

const sanitized = { sanitizeOps: true, sanitizeResources: true };

Deno.test(
  "orders watched anew keep to the account's limit",
  sanitized,
  () =>
    simulate({ maxRequestsPerSecond: 10 }, async (world) => {
      const orders = place(world, 20);
      world.time.setTimer(1_000, () => world.calls.watch(orders));
      for (let at = 3_000; at < 8_000; at += 1_010) {
        world.time.setTimer(at, () => beginAnew(world, orders));
      }
      await world.pass(10_000);
    }),
);

Deno.test(
  "an order watched twice in one turn settles once",
  sanitized,
  () =>
    simulate({}, async (world) => {
      const orders = place(world, 1, { endsAt: 0 });
      world.time.setTimer(1_000, () => {
        world.calls.watch(orders);
        beginAnew(world, orders);
      });
      await world.pass(10_000);
      assertEquals(world.ledger.watching, 0);
      assertEquals(world.callfire.promises.questions, 1);
    }),
);

for (const maxRequestsPerSecond of [0.5, 2, Infinity]) {
  const limit = `${maxRequestsPerSecond} questions a second`;
  Deno.test(
    `a new daemon keeps to what the last one asked: ${limit}`,
    sanitized,
    () =>
      simulate({ maxRequestsPerSecond }, async (world) => {
        const orders = place(world, 5);
        world.machine.downtime = 5;
        world.time.setTimer(1_000, () => world.calls.watch(orders));
        for (let at = 3_000; at < 40_000; at += 2_270) {
          const die = () => world.machine.process?.die("as it is told");
          world.time.setTimer(at, die);
          world.time.setTimer(at + 10, () => beginAnew(world, orders));
        }
        await world.pass(40_000);
      }),
  );
}

Deno.test(
  "a clock set back between two daemons delays no order",
  sanitized,
  () =>
    simulate({}, async (world) => {
      const [missing] = place(world, 1, { visibleAt: Infinity });
      const [lasting] = place(world, 1);
      world.time.setTimer(1_000, () => world.calls.watch([missing!, lasting!]));
      world.time.setTimer(5_000, () => {
        world.machine.process?.die("as it is told");
        world.time.dateOffset -= 86_400_000;
      });
      await world.pass(180_000);
      const { watches } = world.ledger;
      assertEquals(watches.get(missing!.id)?.watch.outcome, "not_found");
      await world.pass(7_200_000);
      const { questions } = world.callfire.promises;
      assert(questions < 500, `${questions} questions within two hours`);
    }),
);

Deno.test(
  "an order settles at its true age though the machine slept over the answer",
  sanitized,
  () =>
    simulate({ sharedBy: 1, maxRequestsPerSecond: Infinity }, async (world) => {
      await world.until(() => world.isUp);
      const [member] = world.fleet.members;
      for (let left = 5; left > 0; left--) {
        world.calls.watch(place(world, 20, { endsAt: 0 }));
        const process = member!.process!;
        await world.until(() => process.questionsOut > 0);
        process.suspension.suspend(50_000, true);
        await world.pass(120_000);
      }
      assertEquals(world.ledger.watching, 0);
    }),
);
