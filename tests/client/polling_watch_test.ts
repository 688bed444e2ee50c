import {
  assertEquals,
  assertInstanceOf,
  assertStrictEquals,
} from "@std/assert";
import {
  AccessDeniedError,
  type NumberOrder,
  WaitTimeoutError,
} from "../../mod.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { clientTest, countPolls, reasonOf } from "../helpers/client/testing.ts";

/** Places an order that has one status after the other, for a second each. */
function place({ orders }: Sandbox, ...statuses: string[]): string {
  const script = statuses.map((status, at) => ({ after: at * 1000, status }));
  return orders.place({ script, keywords: { ordered: 2 } });
}

/** All readings of a watch. */
async function collect(
  readings: AsyncIterable<NumberOrder>,
): Promise<NumberOrder[]> {
  const orders: NumberOrder[] = [];
  for await (const order of readings) orders.push(order);
  return orders;
}

const DONE = { done: true as const, value: undefined };

clientTest(
  "watchNumberOrder() yields the first reading, changes and the end",
  async (
    { callfire, clock, sandbox },
  ) => {
    const id = place(
      sandbox,
      ...["NEW", "NEW", "PROCESSING", "PROCESSING", "ON_HOLD", "NEW", "VOID"],
    );
    const orders = await clock.runUntil(collect(callfire.watchNumberOrder(id)));
    assertEquals(
      orders.map((order) => order.status),
      ["NEW", "PROCESSING", "ON_HOLD", "NEW", "VOID"],
    );
    assertEquals(sandbox.requests.count, 7);
  },
);

clientTest("watchNumberOrder() yields what was bought in between", async (
  { callfire, clock, sandbox },
) => {
  const step = (after: number, ...keywords: string[]) => ({
    after,
    status: "PROCESSING",
    fulfilled: { keywords },
  });
  const id = sandbox.orders.place({
    keywords: { ordered: 2 },
    script: [
      step(0),
      step(2000, "TAXI"),
      step(4000, "CAB"),
      { ...step(5000, "CAB"), totalCost: 1 },
      { ...step(6000, "CAB", "TAXI"), status: "FINISHED" },
    ],
  });
  const orders = await clock.runUntil(collect(callfire.watchNumberOrder(id)));
  assertEquals(
    orders.map((order) => [order.keywords?.fulfilled, order.totalCost]),
    [[[], 8], [["TAXI"], 8], [["CAB"], 8], [["CAB"], 1], [["CAB", "TAXI"], 1]],
  );
});

clientTest("watchNumberOrder() yields an order that has ended once", async (
  { callfire, sandbox },
) => {
  const id = place(sandbox, "REJECTED");
  const orders = await collect(callfire.watchNumberOrder(id));
  assertEquals(orders.map((order) => order.status), ["REJECTED"]);
  assertEquals(sandbox.requests.count, 1);
});

clientTest("a watch that has ended stays so and asks no more", async (
  { callfire, sandbox },
) => {
  const watch = callfire.watchNumberOrder(place(sandbox, "FINISHED"));
  assertEquals((await watch.next()).done, false);
  assertEquals(await watch.next(), DONE);
  assertEquals(await watch.next(), DONE);
  assertEquals(sandbox.requests.count, 1);
});

clientTest("a watch asks only while the next reading is waited for", async (
  { callfire, clock, sandbox },
) => {
  const id = place(sandbox, "NEW", "PROCESSING", "FINISHED");
  const watch = callfire.watchNumberOrder(id);
  await clock.advance(60_000);
  assertEquals(sandbox.requests.count, 0);
  assertEquals((await watch.next()).value?.status, "FINISHED");
  const other = place(sandbox, "NEW", "PROCESSING", "FINISHED");
  const slow = callfire.watchNumberOrder(other);
  assertEquals((await slow.next()).value?.status, "NEW");
  // While the reader is busy nothing is asked, and no time is counted.
  assertEquals(clock.pending, 0);
  await clock.advance(1500);
  assertEquals(sandbox.requests.count, 2);
  assertEquals((await slow.next()).value?.status, "PROCESSING");
  assertEquals(sandbox.requests.entries()[2]?.arrivedAt, 61_500);
  const last = slow.next();
  assertEquals(await clock.sleeping(), 1000);
  await clock.advance(1000);
  assertEquals((await last).value?.status, "FINISHED");
});

clientTest("a reader that is slow does not make the interval longer", async (
  { callfire, clock, sandbox },
) => {
  const id = place(sandbox, "NEW", "VOID");
  const watch = callfire.watchNumberOrder(id, { interval: 5000 });
  await watch.next();
  await clock.advance(3000);
  const next = watch.next();
  assertEquals(await clock.sleeping(), 2000);
  await clock.advance(2000);
  assertEquals((await next).value?.status, "VOID");
});

clientTest("a reading that is changed does not change what comes", async (
  { callfire, clock, sandbox },
) => {
  const id = place(sandbox, "NEW", "NEW", "NEW", "FINISHED");
  const seen: string[] = [];
  const spoil = async () => {
    for await (const order of callfire.watchNumberOrder(id)) {
      seen.push(order.status);
      order.status = "SPOILED";
      order.keywords?.fulfilled.push("SPOILED");
    }
  };
  await clock.runUntil(spoil());
  assertEquals(seen, ["NEW", "FINISHED"]);
});

clientTest("a watch retries faults that may pass, and tells onPoll", async (
  { callfire, clock, sandbox },
) => {
  const id = place(sandbox, "NEW", "NEW", "NEW", "NEW", "FINISHED");
  sandbox.faults.add({ kind: "reset" });
  sandbox.faults.add({ kind: "none" });
  sandbox.faults.add({ kind: "status", status: 503 });
  sandbox.faults.add({ kind: "body", body: "<html>" });
  const polls: unknown[] = [];
  const watch = callfire.watchNumberOrder(id, {
    onPoll: ({ attempt, elapsed, order, error }) =>
      polls.push([attempt, elapsed, order?.status ?? error?.code]),
  });
  const orders = await clock.runUntil(collect(watch));
  assertEquals(orders.map((order) => order.status), ["NEW", "FINISHED"]);
  assertEquals(polls, [
    [1, 0, "network"],
    [2, 1000, "NEW"],
    [3, 2000, "server_error"],
    [4, 3000, "malformed"],
    [5, 4000, "FINISHED"],
  ]);
});

clientTest("a watch rejects for a fault that cannot pass, then ends", async (
  { callfire, clock, sandbox },
) => {
  const watch = callfire.watchNumberOrder(place(sandbox, "NEW"));
  await watch.next();
  sandbox.faults.add({ kind: "status", status: 403 });
  const next = reasonOf(watch.next());
  assertInstanceOf(await clock.runUntil(next), AccessDeniedError);
  assertEquals(await watch.next(), DONE);
  assertEquals(sandbox.requests.count, 2);
});

clientTest("a watch has no deadline unless told", async (
  { callfire, clock, sandbox },
) => {
  const script = [{ after: 3_600_000, status: "FINISHED" }];
  const id = sandbox.orders.place({ script });
  const watch = callfire.watchNumberOrder(id, { interval: 60_000 });
  const orders = await clock.runUntil(collect(watch));
  assertEquals(orders.map((order) => order.status), ["NEW", "FINISHED"]);
});

clientTest("a watch ends at its deadline, with the last reading", async (
  { callfire, clock, sandbox },
) => {
  const id = place(sandbox, "NEW");
  const { onPoll, reach } = countPolls();
  const watch = callfire.watchNumberOrder(id, { timeout: 1500, onPoll });
  assertEquals((await watch.next()).value?.status, "NEW");
  const next = reasonOf(watch.next());
  assertEquals(await clock.sleeping(1000), 1000);
  await clock.advance(1000);
  await reach(2);
  await clock.advance(500);
  const error = await next;
  assertInstanceOf(error, WaitTimeoutError);
  assertEquals(error.lastOrder?.status, "NEW");
  assertEquals(
    error.message,
    `Cannot watch order '${id}' any longer: it has not ended within ` +
      "1500 ms, its status was last NEW; ask again later",
  );
  assertEquals(await watch.next(), DONE);
});

clientTest("the deadline of a watch counts the time of its reader too", async (
  { callfire, clock, sandbox },
) => {
  const id = place(sandbox, "NEW");
  const watch = callfire.watchNumberOrder(id, { timeout: 1500 });
  await watch.next();
  await clock.advance(1499);
  const next = reasonOf(watch.next());
  await clock.advance(1);
  assertInstanceOf(await next, WaitTimeoutError);
});

clientTest("what onPoll throws ends a watch", async ({ callfire, sandbox }) => {
  const thrown = new Error("enough");
  const watch = callfire.watchNumberOrder(place(sandbox, "NEW"), {
    onPoll: () => {
      throw thrown;
    },
  });
  assertStrictEquals(await reasonOf(watch.next()), thrown);
  assertEquals(await watch.next(), DONE);
});
