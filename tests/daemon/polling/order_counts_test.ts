import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { OrderCounts } from "../../../daemon/polling/order_counts.ts";
import {
  beginWatch,
  isOverdue,
  type WatchedOrder,
} from "../../../daemon/polling/watched_order.ts";
import { test } from "../../helpers/client/testing.ts";
import { orderOf } from "../../helpers/polling/testing.ts";

/** A watch that began then, and whose order was last read so. */
function watchOf(id: string, watchedAt: number, status?: string): WatchedOrder {
  const { watch } = beginWatch(id, null, watchedAt);
  return status ? { ...watch, order: orderOf({ id, status }) } : watch;
}

test("Census counts by status, and orders that were never read apart", () => {
  const census = new OrderCounts();
  assertEquals([census.size, census.byStatus.size], [0, 0]);
  const fresh = watchOf("1", 0);
  const read = watchOf("1", 0, "PROCESSING");
  const [other, odd] = [watchOf("2", 0, "PROCESSING"), watchOf("3", 0, "ODD")];
  for (const watch of [fresh, other, odd]) census.add(watch, 0);
  assertEquals(census.size, 3);
  assertEquals(
    new Map(census.byStatus),
    new Map([["unknown", 1], ["PROCESSING", 1], ["ODD", 1]]),
  );
  census.change(fresh, read);
  assertEquals(
    new Map(census.byStatus),
    new Map([["PROCESSING", 2], ["ODD", 1]]),
  );
  census.remove(other, 0);
  census.remove(odd, 0);
  assertEquals(new Map(census.byStatus), new Map([["PROCESSING", 1]]));
  census.remove(read, 0);
  assertEquals([census.size, census.byStatus.size], [0, 0]);
});

test("Census counts who is watched for more than 20 seconds", () => {
  const census = new OrderCounts();
  const young = watchOf("1", 5000);
  const old = watchOf("2", 1000);
  // As from a store, in no particular order, and two in the same instant.
  for (const watch of [young, old, watchOf("3", 1000)]) {
    census.add(watch, watch.watchedAt);
  }
  assertEquals(census.overdue(21_000), 0);
  assertEquals(census.overdue(21_001), 2);
  census.remove(old, old.watchedAt);
  assertEquals(census.overdue(21_001), 1);
  assertEquals(census.overdue(25_000), 1);
  census.remove(young, young.watchedAt);
  assertEquals(census.overdue(90_000), 1);
});

test("Census agrees with a count of everybody", () => {
  const status = fc.constantFrom(undefined, "NEW", "PROCESSING", "FINISHED");
  const step = fc.record({
    id: fc.integer({ min: 0, max: 9 }).map(String),
    status,
    isGone: fc.boolean(),
    pause: fc.integer({ min: 0, max: 8000 }),
  });
  fc.assert(fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
    const [census, watches] = [
      new OrderCounts(),
      new Map<string, WatchedOrder>(),
    ];
    let now = 1_900_000_000_000;
    for (const { id, status, isGone, pause } of steps) {
      const before = watches.get(id);
      const after = watchOf(id, before?.watchedAt ?? now, status);
      if (!before) census.add(after, after.watchedAt);
      else if (isGone) census.remove(before, before.watchedAt);
      else census.change(before, after);
      if (before && isGone) watches.delete(id);
      else watches.set(id, after);
      now += pause;
      const all = [...watches.values()];
      assertEquals(census.size, all.length);
      assertEquals(
        census.overdue(now),
        all.filter((watch) => isOverdue(watch, now - watch.watchedAt)).length,
      );
      const byStatus = Map.groupBy(
        all,
        ({ order }) => order?.status ?? "unknown",
      );
      assertEquals(
        new Map(census.byStatus),
        new Map([...byStatus].map(([status, { length }]) => [status, length])),
      );
    }
  }));
});
