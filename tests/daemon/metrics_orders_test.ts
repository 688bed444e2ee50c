import { assert, assertEquals } from "@std/assert";
import { test } from "../helpers/client/testing.ts";
import {
  BEGAN,
  item,
  makeMetrics,
  order,
  watchThrough,
} from "../helpers/daemon/metrics_testing.ts";

test("metrics: watched orders by status, new statuses as other", async () => {
  const { census, metrics, samples } = makeMetrics();
  const read = (status: string) =>
    watchThrough({ after: 1000, order: order({ status }) }).at(-1)!.watch;
  const statuses = ["NEW", "NEW", "WAIT_FOR_PAYMENT", "ON_HOLD", "PAUSED"];
  statuses.forEach((status) => census.add(read(status), 0));
  census.add(watchThrough()[0]!.watch, 0);
  const watching = async (status: string) =>
    (await samples()).get(`callfire_orders_watching{status="${status}"}`);
  assertEquals(await watching("NEW"), 2);
  assertEquals(await watching("WAIT_FOR_PAYMENT"), 1);
  assertEquals(await watching("PROCESSING"), 0);
  assertEquals(await watching("unknown"), 1);
  assertEquals(await watching("other"), 2);

  census.change(read("ON_HOLD"), read("PROCESSING"));
  census.remove(read("NEW"), 0);
  assertEquals(await watching("NEW"), 1);
  assertEquals(await watching("PROCESSING"), 1);
  assertEquals(await watching("other"), 1);
  assert(!(await metrics.render()).includes("PAUSED"));
});

test("metrics: orders are overdue by the clock", async () => {
  const { census, clock, samples } = makeMetrics();
  census.add(watchThrough()[0]!.watch, 0);
  const overdue = async () => (await samples()).get("callfire_orders_overdue");
  await clock.advance(20_000);
  assertEquals(await overdue(), 0);
  await clock.advance(1);
  assertEquals(await overdue(), 1);
});

test("metrics: settled orders by outcome, time, items and cost", async () => {
  const { metrics, samples } = makeMetrics();
  const events = watchThrough(
    { after: 1000, order: order({ totalCost: 99, keywords: item(50) }) },
    {
      after: 20_000,
      order: order({
        status: "FINISHED",
        totalCost: 9.5,
        localNumbers: item(3, "12135550142", "12135550143"),
        keywords: item(2, "YELLOWTAXI", "ORANGEBROADSWORD"),
      }),
    },
  );
  assertEquals(events.map(({ type }) => type), [
    "order.watched",
    "order.changed",
    "order.settled",
  ]);
  metrics.happened(events);
  // It is given another label, and removed.
  const { watch } = events.at(-1)!;
  const later = { at: BEGAN + 30_000, epoch: "e1", watch };
  metrics.happened([
    { ...later, type: "order.changed", sequence: 4 },
    { ...later, type: "order.removed", sequence: 5 },
  ]);
  metrics.happened(watchThrough({
    after: 20_500,
    order: order({
      status: "FINISHED",
      totalCost: 0.5,
      tollFreeNumbers: item(1),
      localNumbers: item(1, "12135550144"),
    }),
  }));
  const after = await samples();
  const outcome = 'outcome="partial"';
  const items = (kind: string, result: string) =>
    after.get(`callfire_order_items_total{kind="${kind}",result="${result}"}`);
  assertEquals(after.get(`callfire_orders_settled_total{${outcome}}`), 2);
  assertEquals(after.get(`callfire_order_settle_seconds_count{${outcome}}`), 2);
  assertEquals(
    after.get(`callfire_order_settle_seconds_sum{${outcome}}`),
    40.5,
  );
  assertEquals(
    after.get(`callfire_order_settle_seconds_bucket{le="20",${outcome}}`),
    1,
  );
  assertEquals(after.get(`callfire_order_cost_dollars_total{${outcome}}`), 10);
  assertEquals(items("local", "ordered"), 4);
  assertEquals(items("local", "fulfilled"), 3);
  assertEquals(items("toll_free", "ordered"), 1);
  assertEquals(items("toll_free", "fulfilled"), 0);
  assertEquals(items("keyword", "ordered"), 2);
  assertEquals(items("keyword", "fulfilled"), 2);
});

test("metrics: a watch ends without an end of its order", async () => {
  const { metrics, samples } = makeMetrics();
  const fault = { code: "not_found" as const, message: "Not Found" };
  metrics.happened(watchThrough(
    { after: 0, fault },
    { after: 10_000, fault },
    { after: 20_000, fault },
  ));
  metrics.happened(watchThrough({
    after: 86_400_000,
    order: order({ totalCost: 3, localNumbers: item(2) }),
  }));
  const after = await samples();
  const counted = [...after].filter(([series, value]) =>
    value > 0 && /^callfire_order.*(total|count)/.test(series)
  );
  assertEquals(Object.fromEntries(counted), {
    'callfire_orders_settled_total{outcome="not_found"}': 1,
    'callfire_orders_settled_total{outcome="expired"}': 1,
    'callfire_order_settle_seconds_count{outcome="not_found"}': 1,
    'callfire_order_settle_seconds_count{outcome="expired"}': 1,
    'callfire_order_items_total{kind="local",result="ordered"}': 2,
    'callfire_order_cost_dollars_total{outcome="expired"}': 3,
  });
});

test("metrics: what cannot be is no reason to stop counting", async () => {
  const { metrics, samples } = makeMetrics();
  // A credit, and a wall clock that was set back by an hour.
  metrics.happened(watchThrough({
    after: -3_600_000,
    order: order({ status: "VOID", totalCost: -5 }),
  }));
  const after = await samples();
  assertEquals(after.get('callfire_orders_settled_total{outcome="void"}'), 1);
  assertEquals(
    after.get('callfire_order_settle_seconds_sum{outcome="void"}'),
    0,
  );
  assertEquals(
    after.get('callfire_order_cost_dollars_total{outcome="void"}'),
    0,
  );
});
