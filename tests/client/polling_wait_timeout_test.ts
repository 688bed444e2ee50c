import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStrictEquals,
} from "@std/assert";
import { ServerError, WaitTimeoutError } from "../../mod.ts";
import { until } from "../sandbox/testing.ts";
import {
  clientTest,
  countPolls,
  holdFetch,
  reasonOf,
} from "../helpers/client/testing.ts";

/** What became of a promise so far. */
function watchPromise(promise: Promise<unknown>): { isOver: boolean } {
  const state = { isOver: false };
  const over = () => {
    state.isOver = true;
  };
  promise.then(over, over);
  return state;
}

clientTest("a wait ends at its deadline, with the last reading", async (
  { callfire, clock, sandbox },
) => {
  const id = sandbox.orders.place({
    created: "2014-12-17T12:25:36Z",
    localNumbers: { ordered: 1 },
    script: [
      { after: 0, status: "NEW" },
      { after: 1000, status: "PROCESSING" },
    ],
  });
  const { onPoll, reach } = countPolls();
  const options = { timeout: 2500, onPoll };
  const waits = reasonOf(callfire.waitForNumberOrder(id, options));
  const state = watchPromise(waits);
  for (const attempts of [1, 2]) {
    await reach(attempts);
    assertEquals(await clock.sleeping(1000), 1000);
    await clock.advance(1000);
  }
  await reach(3);
  await clock.advance(499);
  assert(!state.isOver);
  await clock.advance(1);
  const error = await waits;
  assertInstanceOf(error, WaitTimeoutError);
  assertEquals([error.code, error.retryable], ["wait_timeout", true]);
  assertEquals(error.lastOrder, {
    id,
    status: "PROCESSING",
    created: new Date("2014-12-17T12:25:36Z"),
    totalCost: 1.5,
    localNumbers: { ordered: 1, unitCost: 1.5, fulfilled: [] },
  });
  assertEquals(
    error.message,
    `Cannot wait for order '${id}' any longer: it has not ended within ` +
      "2500 ms, its status was last PROCESSING; ask again later",
  );
  assertEquals(error.cause, undefined);
  assertEquals(sandbox.requests.count, 3);
});

clientTest("a wait ends after 20 seconds unless told", async (
  { callfire, clock, sandbox },
) => {
  const id = sandbox.orders.place({ script: [] });
  const { onPoll, reach } = countPolls();
  const waits = reasonOf(callfire.waitForNumberOrder(id, { onPoll }));
  const state = watchPromise(waits);
  for (let attempts = 1; attempts <= 19; attempts++) {
    await reach(attempts);
    assertEquals(await clock.sleeping(1000), 1000);
    await clock.advance(1000);
  }
  await reach(20);
  await clock.advance(999);
  assert(!state.isOver);
  await clock.advance(1);
  assertInstanceOf(await waits, WaitTimeoutError);
});

clientTest("a wait that never read anything says so, and why", async (
  { callfire, clock, sandbox },
) => {
  const id = sandbox.orders.place({});
  sandbox.faults.add({ kind: "status", status: 503, count: 9 });
  const { onPoll, reach } = countPolls();
  const options = { timeout: 1500, onPoll };
  const waits = reasonOf(callfire.waitForNumberOrder(id, options));
  await reach(1);
  await clock.advance(1000);
  await reach(2);
  await clock.advance(500);
  const error = await waits;
  assertInstanceOf(error, WaitTimeoutError);
  assertStrictEquals(error.lastOrder, null);
  assertInstanceOf(error.cause, ServerError);
  assertEquals(
    error.message,
    `Cannot wait for order '${id}' any longer: it has not ended within ` +
      "1500 ms, it was never read; ask again later (the last fault: " +
      `${error.cause.message})`,
  );
});

clientTest("a fault before the last reading is not the cause", async (
  { callfire, clock, sandbox },
) => {
  const id = sandbox.orders.place({ script: [] });
  sandbox.faults.add({ kind: "reset" });
  const { onPoll, reach } = countPolls();
  const options = { timeout: 1500, onPoll };
  const waits = reasonOf(callfire.waitForNumberOrder(id, options));
  await reach(1);
  await clock.advance(1000);
  await reach(2);
  await clock.advance(500);
  const error = await waits;
  assertInstanceOf(error, WaitTimeoutError);
  assertEquals([error.lastOrder?.status, error.cause], ["NEW", undefined]);
});

clientTest("a deadline ends the request that is under way", async (
  { callfire, clock, sandbox },
) => {
  const id = sandbox.orders.place({});
  sandbox.faults.add({ kind: "hang" });
  const waits = reasonOf(callfire.waitForNumberOrder(id, { timeout: 2500 }));
  await until(() => sandbox.requests.count === 1);
  assertEquals(await clock.sleeping(), 2500);
  await clock.advance(2500);
  const error = await waits;
  assertInstanceOf(error, WaitTimeoutError);
  assertEquals([error.lastOrder, error.cause], [null, undefined]);
  // The server sees the connection close.
  await until(() => sandbox.requests.entries()[0]?.answeredAt === 2500);
  await until(() => sandbox.connections() === 0);
});

clientTest("a deadline leaves the request of another alone", async (
  { clock, connect, sandbox },
) => {
  const held = holdFetch();
  const callfire = connect({ fetch: held.fetch });
  const id = sandbox.orders.place({});
  const waits = reasonOf(callfire.waitForNumberOrder(id, { timeout: 2500 }));
  const asked = callfire.getNumberOrder(id);
  await until(() => held.asked === 1);
  await clock.advance(2500);
  assertInstanceOf(await waits, WaitTimeoutError);
  await held.release();
  assertEquals((await asked).id, id);
});

clientTest("a deadline ends a wait that is still in line", async (
  { callfire, clock, sandbox },
) => {
  const id = sandbox.orders.place({});
  await callfire.getNumberOrder(id);
  const waits = reasonOf(callfire.waitForNumberOrder(id, { timeout: 400 }));
  await clock.advance(400);
  const error = await waits;
  assertInstanceOf(error, WaitTimeoutError);
  assertEquals([error.lastOrder, sandbox.requests.count], [null, 1]);
});

for (const retryAfter of ["3600", "2501", "99999999999999999999"]) {
  clientTest(`a deadline comes before a Retry-After of ${retryAfter}`, async (
    { callfire, clock, sandbox },
  ) => {
    const id = sandbox.orders.place({});
    sandbox.faults.add({ kind: "status", status: 429, retryAfter });
    const { onPoll, reach } = countPolls();
    const waits = reasonOf(
      callfire.waitForNumberOrder(id, { timeout: 2_500_000, onPoll }),
    );
    const state = watchPromise(waits);
    await reach(1);
    assertEquals(await clock.sleeping(), 2_500_000);
    await clock.advance(2_499_999);
    assert(!state.isOver);
    await clock.advance(1);
    const error = await waits;
    assertInstanceOf(error, WaitTimeoutError);
    assertEquals(clock.now(), 2_500_000);
    assertEquals(sandbox.requests.count, 1);
  });
}

clientTest("a request that is too late for the deadline is not sent", async (
  { clock, connect, sandbox },
) => {
  const held = holdFetch();
  const callfire = connect({ fetch: held.fetch });
  const id = sandbox.orders.place({ script: [] });
  const watch = callfire.watchNumberOrder(id, { timeout: 2500 });
  await clock.advance(2500);
  assertInstanceOf(await reasonOf(watch.next()), WaitTimeoutError);
  const other = callfire.watchNumberOrder(id, { timeout: 2500 });
  const first = other.next();
  await held.release();
  await first;
  await clock.advance(9000);
  assertInstanceOf(await reasonOf(other.next()), WaitTimeoutError);
  assertEquals(held.asked, 1);
});
