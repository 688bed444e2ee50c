import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { TimeoutError } from "../../mod.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { until } from "../sandbox/testing.ts";
import {
  clientTest,
  countingController,
  reasonOf,
  type Setup,
} from "../helpers/client/testing.ts";

const DONE = { done: true as const, value: undefined };

function placeNew({ orders }: Sandbox): string {
  return orders.place({ script: [] });
}

/** Nothing is pending, nobody listens, and nothing more is asked. */
async function assertReleased(
  { clock, sandbox }: Setup,
  requests: number,
  listeners = 0,
): Promise<void> {
  await until(() => sandbox.connections() === 0);
  await until(() => clock.pending === 0);
  await clock.advance(100_000);
  assertEquals(sandbox.requests.count, requests);
  assertEquals(listeners, 0);
}

clientTest("leaving the loop ends the watch", async (setup) => {
  const { callfire, sandbox } = setup;
  const { signal } = countingController();
  const id = placeNew(sandbox);
  for await (const order of callfire.watchNumberOrder(id, { signal })) {
    assertEquals(order.status, "NEW");
    assertEquals(signal.listeners, 0);
    break;
  }
  await assertReleased(setup, 1, signal.listeners);
});

clientTest("throwing out of the loop ends the watch", async (setup) => {
  const { callfire, sandbox } = setup;
  const id = placeNew(sandbox);
  const thrown = new Error("by the reader");
  const loop = async () => {
    for await (const _ of callfire.watchNumberOrder(id)) throw thrown;
  };
  assertStrictEquals(await reasonOf(loop()), thrown);
  await assertReleased(setup, 1);
});

clientTest("return() ends a watch while it asks, at once", async (setup) => {
  const { callfire, sandbox } = setup;
  const { signal } = countingController();
  const watch = callfire.watchNumberOrder(placeNew(sandbox), { signal });
  sandbox.faults.add({ kind: "hang" });
  const next = watch.next();
  await until(() => sandbox.requests.count === 1);
  assertEquals(await watch.return!(), DONE);
  assertEquals(await next, DONE);
  // The server sees the connection close.
  await until(() => sandbox.requests.entries()[0]?.answeredAt !== null);
  assertEquals(await watch.next(), DONE);
  await assertReleased(setup, 1, signal.listeners);
});

clientTest("return() ends a watch while it waits, at once", async (setup) => {
  const { callfire, clock, sandbox } = setup;
  const { signal } = countingController();
  const watch = callfire.watchNumberOrder(placeNew(sandbox), {
    signal,
    interval: 5000,
  });
  await watch.next();
  const next = watch.next();
  assertEquals(await clock.sleeping(), 5000);
  assertEquals(await watch.return!(), DONE);
  assertEquals(await next, DONE);
  assertEquals(clock.pending, 0);
  await assertReleased(setup, 1, signal.listeners);
});

clientTest("return() ends a watch that is still in line", async (setup) => {
  const { callfire, clock, sandbox } = setup;
  const id = placeNew(sandbox);
  await callfire.getNumberOrder(id);
  const watch = callfire.watchNumberOrder(id);
  const next = watch.next();
  assertEquals(await clock.sleeping(), 1000);
  assertEquals(await watch.return!(), DONE);
  assertEquals(await next, DONE);
  assertEquals(clock.pending, 0);
  await assertReleased(setup, 1);
});

clientTest("return() ends a watch before it began", async (setup) => {
  const { callfire, sandbox } = setup;
  const watch = callfire.watchNumberOrder(placeNew(sandbox));
  assertEquals(await watch.return!(), DONE);
  assertEquals(await watch.next(), DONE);
  assertEquals(await watch.return!(), DONE);
  await assertReleased(setup, 0);
});

clientTest("return() does not end the request of another", async (
  { callfire, clock, sandbox },
) => {
  const id = placeNew(sandbox);
  sandbox.faults.add({ kind: "none", delay: 20 });
  const watch = callfire.watchNumberOrder(id);
  const next = watch.next();
  const asked = callfire.getNumberOrder(id);
  await until(() => sandbox.requests.count === 1);
  await watch.return!();
  assertEquals(await next, DONE);
  assertEquals((await asked).id, id);
  assertEquals(clock.now(), 0);
});

clientTest("throw() ends a watch with what it is given", async (setup) => {
  const { callfire, sandbox } = setup;
  const thrown = new Error("by the reader");
  const watch = callfire.watchNumberOrder(placeNew(sandbox));
  sandbox.faults.add({ kind: "hang" });
  const next = watch.next();
  await until(() => sandbox.requests.count === 1);
  const end = reasonOf(watch.throw!(thrown));
  assertEquals(await next, DONE);
  assertStrictEquals(await end, thrown);
  await assertReleased(setup, 1);
});

clientTest("`await using` ends a watch", async (setup) => {
  const { callfire, sandbox } = setup;
  sandbox.faults.add({ kind: "none" });
  sandbox.faults.add({ kind: "hang" });
  let next: Promise<unknown>;
  {
    await using watch = callfire.watchNumberOrder(placeNew(sandbox));
    assertEquals((await watch.next()).value?.status, "NEW");
    next = watch.next();
    assertEquals(await setup.clock.sleeping(), 1000);
    await setup.clock.advance(1000);
    await until(() => sandbox.requests.count === 2);
  }
  assertEquals(await next, DONE);
  await assertReleased(setup, 2);
});

clientTest("a watch is its own iterator", async ({ callfire, sandbox }) => {
  const watch = callfire.watchNumberOrder(placeNew(sandbox));
  assert(watch[Symbol.asyncIterator]() === watch);
  await watch.return!();
});

clientTest("an abort ends a watch with the signal's reason", async (setup) => {
  const { callfire, clock, sandbox } = setup;
  // It looks like a fault that may pass.
  const reason = new TimeoutError("by the caller");
  const resting = countingController();
  const watch = callfire.watchNumberOrder(placeNew(sandbox), {
    signal: resting.signal,
  });
  await watch.next();
  const next = reasonOf(watch.next());
  assertEquals(await clock.sleeping(), 1000);
  resting.abort(reason);
  assertStrictEquals(await next, reason);
  assertEquals(await watch.next(), DONE);

  sandbox.faults.add({ kind: "hang" });
  const asking = countingController();
  const other = callfire.watchNumberOrder(placeNew(sandbox), {
    signal: asking.signal,
  });
  const first = reasonOf(other.next());
  await until(() => sandbox.requests.count === 2);
  asking.abort(reason);
  assertStrictEquals(await first, reason);
  const { listeners } = asking.signal;
  await assertReleased(setup, 2, resting.signal.listeners + listeners);
});

clientTest("an abort while the reader is busy ends the watch next", async (
  setup,
) => {
  const { callfire, sandbox } = setup;
  const { signal, abort } = countingController();
  const watch = callfire.watchNumberOrder(placeNew(sandbox), { signal });
  await watch.next();
  abort("meanwhile");
  assertEquals(await reasonOf(watch.next()), "meanwhile");
  await assertReleased(setup, 1, signal.listeners);
});

clientTest("a watch that was aborted before sends nothing", async (setup) => {
  const { callfire, sandbox } = setup;
  const signal = AbortSignal.abort("before");
  const watch = callfire.watchNumberOrder(placeNew(sandbox), { signal });
  assertEquals(await reasonOf(watch.next()), "before");
  assertEquals(await watch.next(), DONE);
  await assertReleased(setup, 0);
});
