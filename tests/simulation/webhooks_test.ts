/**
 * What becomes of webhooks when one thing goes wrong, and nothing else.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { EVENT_TYPES } from "../../daemon/polling/watched_order.ts";
import { placeOrders, simulateScript } from "./scripted_simulation.ts";
import type { Simulation } from "./simulation.ts";

const HOUR = 60 * 60_000;

/** Nothing holds questions back. */
const FAST = { maxRequestsPerSecond: Infinity };

const sanitized = { sanitizeOps: true, sanitizeResources: true };

/** Lets something be asked in the simulation's time, and be answered. */
async function ask<Answer>(
  world: Simulation,
  call: () => Promise<Answer>,
): Promise<Answer> {
  const answers: Answer[] = [];
  world.time.setTimer(0, async () => answers.push(await call()));
  await world.until(() => answers.length > 0);
  return answers[0]!;
}

/** A receiver that does well, and its endpoint, which is told of everything. */
async function register(world: Simulation) {
  await world.until(() => world.isUp);
  const receiver = world.receivers.add();
  const url = receiver.makeUrl();
  const endpoint = await ask(
    world,
    () => world.webhookCalls.register({ url, types: EVENT_TYPES, order: null }),
  );
  return { receiver, endpoint: endpoint! };
}

/** Lets orders be watched until they have settled. */
async function settle(world: Simulation, count: number): Promise<void> {
  const orders = placeOrders(world, count, { endsAt: 0 });
  await ask(world, () => world.calls.watch(orders));
  await world.pass(30_000);
  assertEquals(world.ledger.watching, 0);
}

/** Why the one endpoint is parked. */
async function parkedOf(world: Simulation) {
  const listed = await ask(world, () => world.webhookCalls.list());
  return listed?.[0]?.endpoint.parked?.reason;
}

Deno.test(
  "a receiver that was down for nearly a day gets everything, by itself",
  sanitized,
  () =>
    simulateScript(FAST, async (world) => {
      const { endpoint, receiver } = await register(world);
      await settle(world, 10);
      const before = endpoint.taken.size;
      receiver.be("down");
      await settle(world, 30);
      await world.pass(20 * HOUR);
      assertEquals([before, endpoint.taken.size], [20, 20]);
      receiver.be("fine");
      await world.pass(5 * HOUR);
      assertEquals(endpoint.missing(), []);
      assertEquals(endpoint.taken.size, world.ledger.last);
    }),
);

Deno.test(
  "a receiver that was down for a day gets everything once it is resumed",
  sanitized,
  () =>
    simulateScript(FAST, async (world) => {
      const { endpoint, receiver } = await register(world);
      await settle(world, 10);
      receiver.be("down");
      await settle(world, 30);
      await world.pass(25 * HOUR);
      assertEquals(await parkedOf(world), "failing");
      receiver.be("fine");
      const tried = world.tally.count("webhook: network");
      await world.pass(25 * HOUR);
      assertEquals(endpoint.taken.size, 20);
      // What it had before, it gets again.
      await ask(world, () => world.webhookCalls.resume(endpoint, 0));
      await world.pass(60_000);
      assertEquals(await parkedOf(world), undefined);
      assertEquals(endpoint.missing(), []);
      assertEquals(endpoint.taken.size, world.ledger.last);
      assertEquals(world.tally.count("webhook: repeated"), 20);
      assertEquals(world.tally.count("webhook: network"), tried);
    }),
);

Deno.test(
  "a date that is set back by days keeps no receiver waiting",
  sanitized,
  () =>
    simulateScript(FAST, async (world) => {
      const { endpoint, receiver } = await register(world);
      receiver.be("down");
      await settle(world, 10);
      // Some are tried by themselves, and some to see whether it is up again.
      receiver.be("picky");
      await world.pass(HOUR);
      world.time.dateOffset -= 3 * 24 * HOUR;
      receiver.be("fine");
      await world.pass(5 * 60_000);
      assertEquals(endpoint.missing(), []);
    }),
);

Deno.test(
  "what a daemon that died did not deliver is delivered by another one",
  sanitized,
  () =>
    simulateScript({ sharedBy: 3 }, async (world) => {
      const { endpoint, receiver } = await register(world);
      for (let died = 0; died < 5; died++) {
        const deliverer = world.fleet.callable.find((one) =>
          world.fleet.isLeader(one)
        )!;
        const orders = placeOrders(world, 10, { endsAt: 0 });
        await ask(world, () => world.calls.watch(orders));
        // Some have been delivered, and that is stored.
        receiver.be("picky");
        await world.pass(4_000);
        await ask(world, () => Promise.resolve(deliverer.die("as it is told")));
        assert(endpoint.missing().length > 0);
        receiver.be("fine");
        await world.pass(60_000);
        assertEquals(endpoint.missing(), []);
        await world.until(() => world.isUp);
      }
      const count = world.tally.count("webhook: delivery taken over");
      assert(count >= 5, `${count} times another one delivered`);
    }),
);
