import {
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import {
  type NumberOrder,
  type PollOptions,
  type PollProgress,
  ServerError,
} from "../../mod.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { until } from "../sandbox/testing.ts";
import { clientTest, holdFetch, reasonOf } from "../helpers/client/testing.ts";

/** Places an order that has one status after the other, for a second each. */
function place({ orders }: Sandbox, ...statuses: string[]): string {
  const script = statuses.map((status, at) => ({ after: at * 1000, status }));
  return orders.place({ script });
}

/** When the requests came, in milliseconds of virtual time. */
function arrivals({ requests }: Sandbox): number[] {
  return requests.entries().map((entry) => entry.arrivedAt);
}

const FOR_EVER = { timeout: Infinity };

for (const status of ["FINISHED", "ERRORED", "VOID", "REJECTED"]) {
  clientTest(`waitForNumberOrder() resolves once an order is ${status}`, async (
    { callfire, clock, sandbox },
  ) => {
    const id = place(sandbox, "NEW", "PROCESSING", status);
    const order = await clock.runUntil(
      callfire.waitForNumberOrder(id, FOR_EVER),
    );
    assertEquals([order.id, order.status], [id, status]);
    assertEquals(arrivals(sandbox), [0, 1000, 2000]);
  });
}

clientTest("waitForNumberOrder() asks once for an order that has ended", async (
  { callfire, sandbox },
) => {
  const id = place(sandbox, "FINISHED");
  assertEquals((await callfire.waitForNumberOrder(id)).status, "FINISHED");
  assertEquals(sandbox.requests.count, 1);
});

clientTest("waitForNumberOrder() goes on through every other status", async (
  { callfire, clock, sandbox },
) => {
  const statuses = [
    "NEW",
    "PROCESSING",
    "WAIT_FOR_PAYMENT",
    "ADJUSTED",
    "APPROVE_TIER_ONE",
    "APPROVE_TIER_TWO",
    "ON_HOLD",
    "FINISHED_SOON",
    "FINISHED",
  ];
  const seen: (string | undefined)[] = [];
  await clock.runUntil(
    callfire.waitForNumberOrder(place(sandbox, ...statuses), {
      ...FOR_EVER,
      onPoll: ({ order }) => seen.push(order?.status),
    }),
  );
  assertEquals(seen, statuses);
});

clientTest("waitForNumberOrder() keeps the interval that it is told", async (
  { callfire, clock, sandbox },
) => {
  for (const interval of [1000, 1001, 2500, 60_000]) {
    const from = clock.now();
    const last = { after: 2 * interval, status: "FINISHED" };
    const id = sandbox.orders.place({ script: [last] });
    sandbox.requests.clear();
    await clock.runUntil(
      callfire.waitForNumberOrder(id, { ...FOR_EVER, interval }),
    );
    assertEquals(
      arrivals(sandbox),
      [from, from + interval, from + 2 * interval],
    );
  }
});

clientTest("the interval begins when the answer has ended", async (
  { clock, connect, sandbox },
) => {
  const held = holdFetch();
  const callfire = connect({ fetch: held.fetch });
  const id = place(sandbox, "NEW", "FINISHED");
  const options = { ...FOR_EVER, interval: 3000 };
  const done = callfire.waitForNumberOrder(id, options);
  await until(() => sandbox.requests.count === 1);
  await clock.advance(700);
  await held.release();
  assertEquals(await clock.sleeping(), 3000);
  await clock.advance(3000);
  await held.release();
  await done;
  assertEquals(arrivals(sandbox), [0, 3700]);
});

const BAD: [PollOptions, string][] = [
  ...[999, 0, -1, NaN, -Infinity, 999.99].map((
    interval,
  ): [PollOptions, string] => [
    { interval },
    "'interval' must be at least 1000 milliseconds, current value is " +
    interval,
  ]),
  ...[0, -1, NaN, -Infinity].map((timeout): [PollOptions, string] => [
    { timeout },
    "'timeout' must be more than 0 milliseconds, current value is " + timeout,
  ]),
];

clientTest("an interval or a timeout out of range is a RangeError", async (
  { callfire, sandbox },
) => {
  for (const [options, why] of BAD) {
    await assertRejects(
      () => callfire.waitForNumberOrder(5, options),
      RangeError,
      `Cannot wait for order '5': ${why}`,
    );
    assertThrows(
      () => callfire.watchNumberOrder(5, options),
      RangeError,
      `Cannot watch order '5': ${why}`,
    );
  }
  assertEquals(sandbox.requests.count, 0);
});

clientTest("a timeout of Infinity never comes", async (
  { callfire, clock, sandbox },
) => {
  const day = 24 * 60 * 60 * 1000;
  const last = { after: 365 * day, status: "FINISHED" };
  const id = sandbox.orders.place({ script: [last] });
  const options = { timeout: Infinity, interval: 100 * day };
  await clock.runUntil(callfire.waitForNumberOrder(id, options));
  assertEquals(arrivals(sandbox), [0, 100, 200, 300, 400].map((n) => n * day));
});

clientTest("onPoll is told of every attempt", async (
  { callfire, clock, sandbox },
) => {
  const id = place(sandbox, "NEW", "NEW", "NEW", "NEW", "FINISHED");
  sandbox.faults.add({ kind: "none" });
  sandbox.faults.add({ kind: "status", status: 500 });
  clock.chances = [0.5];
  const seen: PollProgress[] = [];
  await clock.advance(700);
  const order = await clock.runUntil(
    callfire.waitForNumberOrder(id, {
      ...FOR_EVER,
      onPoll: (progress) => seen.push(progress),
    }),
  );
  assertEquals(
    seen.map(({ attempt, elapsed }) => [attempt, elapsed]),
    [[1, 0], [2, 1000], [3, 2500], [4, 3500]],
  );
  const [first, second, , last] = seen;
  assertEquals(Object.keys(first!), ["attempt", "elapsed", "order"]);
  assertEquals(first?.order?.status, "NEW");
  assertEquals(Object.keys(second!), ["attempt", "elapsed", "error"]);
  assertInstanceOf(second?.error, ServerError);
  assertEquals(last?.order, order);
});

clientTest("onPoll is told of the fault that ends the wait", async (
  { callfire, sandbox },
) => {
  sandbox.faults.add({ kind: "status", status: 403 });
  const seen: PollProgress[] = [];
  const error = await reasonOf(
    callfire.waitForNumberOrder(5, { onPoll: (poll) => seen.push(poll) }),
  );
  assertEquals(seen.length, 1);
  assertStrictEquals(seen[0]?.error, error);
});

clientTest("what onPoll throws ends the wait", async (
  { callfire, sandbox },
) => {
  const thrown = new Error("enough");
  const options = {
    onPoll: () => {
      throw thrown;
    },
  };
  const id = place(sandbox, "NEW");
  const error = await reasonOf(callfire.waitForNumberOrder(id, options));
  assertStrictEquals(error, thrown);
  sandbox.faults.add({ kind: "reset" });
  const other = place(sandbox, "NEW");
  const again = await reasonOf(callfire.waitForNumberOrder(other, options));
  assertStrictEquals(again, thrown);
  assertEquals(sandbox.requests.count, 2);
});

clientTest("waits in step share their requests", async (
  { callfire, clock, sandbox },
) => {
  const id = place(sandbox, "NEW", "NEW", "PROCESSING", "FINISHED");
  const seen: number[][] = [];
  const wait = () => {
    const elapsed: number[] = [];
    seen.push(elapsed);
    return callfire.waitForNumberOrder(id, {
      ...FOR_EVER,
      onPoll: (progress) => elapsed.push(progress.elapsed),
    });
  };
  const together: Promise<NumberOrder>[] = [wait(), wait()];
  assertEquals(await clock.sleeping(), 1000);
  await clock.advance(300);
  // One that begins between two requests comes into step with the others.
  together.push(wait());
  const orders = await clock.runUntil(Promise.all(together));
  assertEquals(arrivals(sandbox), [0, 1000, 2000, 3000]);
  assertEquals(seen, [
    [0, 1000, 2000, 3000],
    [0, 1000, 2000, 3000],
    [700, 1700, 2700],
  ]);
  assertEquals(orders.map((order) => order.status), Array(3).fill("FINISHED"));
});
