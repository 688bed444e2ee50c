import { assertEquals, assertRejects } from "@std/assert";
import { OrderCounts } from "../../../daemon/polling/order_counts.ts";
import {
  type Holder,
  OrderAssignment,
} from "../../../daemon/cluster/assignment.ts";
import { StoreError } from "../../../daemon/store/store.ts";
import {
  beginWatch,
  type WatchedOrder,
} from "../../../daemon/polling/watched_order.ts";
import { TestClock } from "../../helpers/client/test_clock.ts";
import { test } from "../../helpers/client/testing.ts";
import { ScriptedLeases } from "../../helpers/polling/scripted_leases.ts";

/** So many watches, of orders from a number on. */
function watches(count: number, from = 1): WatchedOrder[] {
  return Array.from(
    { length: count },
    (_, at) => beginWatch(String(at + from), null, 0).watch,
  );
}

/** Holds watches without asking about them; some may be kept for a while. */
class PlainHolder implements Holder {
  readonly census = new OrderCounts();
  readonly held: WatchedOrder[] = [];
  /** How many are being asked about. */
  kept = 0;

  take(watches: readonly WatchedOrder[]): void {
    for (const watch of watches) this.census.add(watch, 0);
    this.held.push(...watches);
  }

  find(id: string): WatchedOrder | undefined {
    return this.held.find((watch) => watch.id === id);
  }

  release(count: number): WatchedOrder[] {
    const most = Math.min(count, this.held.length - this.kept);
    const released = this.held.splice(this.held.length - most);
    for (const watch of released) this.census.remove(watch, 0);
    return released;
  }
}

/** Orders that are held, and what was asked of the store. */
function setUp(held = 0) {
  const leases = new ScriptedLeases(new TestClock());
  const holder = new PlainHolder();
  holder.take(watches(held));
  return { leases, holder, holding: new OrderAssignment(leases, holder) };
}

test("Holding claims what is missing, as far as anything is free", async () => {
  const { holder, holding, leases } = setUp(2);
  await holding.balance({ fairHeld: 5, free: 0 });
  assertEquals(leases.asked, []);
  leases.free = watches(9, 101);
  await holding.balance({ fairHeld: 5, free: 9 });
  assertEquals(leases.asked, ["claim 3"]);
  assertEquals(holder.census.size, 5);
  await holding.balance({ fairHeld: 5, free: 6 });
  assertEquals(leases.asked, ["claim 3"]);
});

test("Holding asks again for what a claim may have taken", async () => {
  const { holder, holding, leases } = setUp(2);
  leases.isAway = true;
  await assertRejects(
    () => holding.balance({ fairHeld: 3, free: 1 }),
    StoreError,
  );
  leases.isAway = false;
  // The store hands over all that it holds, since nobody knows what came of it.
  leases.free = watches(3);
  const claim = leases.claim.bind(leases);
  leases.claim = (limit, take) => claim(limit + 2, take).then(() => 0);
  await holding.balance({ fairHeld: 3, free: 0 });
  assertEquals(leases.asked, ["claim 1", "claim 3"]);
  assertEquals(holder.held.map(({ id }) => id), ["1", "2", "3"]);
  await holding.balance({ fairHeld: 3, free: 1 });
  assertEquals(leases.asked.length, 2);
});

test("Holding claims very many bit by bit", async () => {
  const { holder, holding, leases } = setUp();
  leases.free = watches(12_000);
  await holding.balance({ fairHeld: 20_000, free: 12_000 });
  assertEquals(leases.asked, ["claim 5000", "claim 5000", "claim 5000"]);
  assertEquals(holder.census.size, 12_000);
});

test("Holding releases only what is more than a little too much", async () => {
  for (
    const [held, fairHeld, left] of [
      [11, 10, 11],
      [12, 10, 10],
      [110, 100, 110],
      [111, 100, 100],
      [1, 0, 0],
    ] as const
  ) {
    const { holder, holding } = setUp(held);
    await holding.balance({ fairHeld, free: 0 });
    assertEquals(holder.census.size, left);
  }
});

test("Holding releases later what is being asked about", async () => {
  const { holder, holding, leases } = setUp(5);
  holder.kept = 2;
  await holding.balance({ fairHeld: 0, free: 0 });
  holder.kept = 0;
  await holding.balance({ fairHeld: 0, free: 0 });
  assertEquals(leases.asked, ["release 3 4 5", "release 1 2"]);
});

test("Holding releases again what may not be released yet", async () => {
  const { holder, holding, leases } = setUp(4);
  leases.isAway = true;
  leases.free = watches(9, 101);
  const fair = { fairHeld: 2, free: 9 };
  await assertRejects(() => holding.balance(fair), StoreError);
  assertEquals(holder.census.size, 2);
  // It might claim the very orders that it is to release.
  await assertRejects(
    () => holding.balance({ ...fair, fairHeld: 9 }),
    StoreError,
  );
  assertEquals(leases.asked, ["release 3 4", "release 3 4"]);
  leases.isAway = false;
  await holding.balance({ ...fair, fairHeld: 9 });
  assertEquals(leases.asked.slice(2), ["release 3 4", "claim 7"]);
});

test("Holding is about one thing at a time", async () => {
  const { holding, leases } = setUp();
  leases.free = watches(2);
  await Promise.all([
    holding.balance({ fairHeld: 1, free: 2 }),
    holding.balance({ fairHeld: 1, free: 2 }),
  ]);
  assertEquals(leases.asked, ["claim 1"]);
});

test("Holding takes nothing once its lease has ended", async () => {
  const { holder, holding, leases } = setUp();
  leases.free = watches(2);
  const { promise, resolve } = Promise.withResolvers<void>();
  leases.answer = promise;
  const claimed = holding.balance({ fairHeld: 2, free: 2 });
  await Promise.resolve();
  assertEquals(leases.asked, ["claim 2"]);
  holding.end();
  resolve();
  await claimed;
  assertEquals([leases.free.length, holder.census.size], [0, 0]);
});

test("Holding claims nothing once it is closed, but releases", async () => {
  const { holder, holding, leases } = setUp(5);
  holding.close();
  await holding.balance({ fairHeld: 9, free: 9 });
  await holding.balance({ fairHeld: 2, free: 9 });
  assertEquals([leases.asked, holder.census.size], [["release 3 4 5"], 2]);
});
