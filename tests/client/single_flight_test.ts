import {
  assertEquals,
  assertInstanceOf,
  assertStrictEquals,
} from "@std/assert";
import { CallFireError, type NumberOrder, ServerError } from "../../mod.ts";
import type { Fault } from "../sandbox/faults.ts";
import { until } from "../sandbox/testing.ts";
import { TestClock } from "../helpers/client/test_clock.ts";
import {
  clientTest,
  countingController,
  holdFetch,
  reasonOf,
} from "../helpers/client/testing.ts";

clientTest("calls made together share one request", async (
  { callfire, sandbox },
) => {
  const id = sandbox.orders.place({ localNumbers: { ordered: 1 } });
  const orders = await Promise.all(
    Array.from({ length: 100 }, () => callfire.getNumberOrder(id)),
  );
  assertEquals(sandbox.requests.count, 1);
  for (const order of orders) assertEquals(order, orders[0]);
});

clientTest("those who share an answer get copies of their own", async (
  { clock, callfire, sandbox },
) => {
  const id = sandbox.orders.place({
    localNumbers: { ordered: 1, wanted: ["12135550142"] },
  });
  await clock.advance(2500);
  const spoil = (order: NumberOrder | undefined) => {
    order!.status = "VOID";
    order!.created.setTime(0);
    order!.localNumbers!.fulfilled.push("spoiled");
    order!.localNumbers!.ordered = 7;
  };
  const ask = () => callfire.getNumberOrder(id);
  const [first, second] = await Promise.all([ask(), ask()]);
  const asItWas = structuredClone(second);
  assertEquals(first, second);
  spoil(first);
  assertEquals(second, asItWas);
  spoil(second);
  // The same answer, byte for byte, is not spoiled either.
  assertEquals(await clock.runUntil(ask()), asItWas);
});

clientTest("a later call waits for a second after the answer ended", async (
  { clock, connect, sandbox },
) => {
  const held = holdFetch();
  const callfire = connect({ fetch: held.fetch });
  const id = sandbox.orders.place({});
  const first = callfire.getNumberOrder(id);
  await until(() => sandbox.requests.count === 1);
  await clock.advance(700);
  // This one comes too late to share: what it asks may have changed since.
  const second = callfire.getNumberOrder(id);
  assertEquals(clock.pending, 1); // the time limit of the first
  await held.release();
  await first;
  assertEquals(await clock.sleeping(), 1000);
  await clock.advance(600);
  const third = callfire.getNumberOrder(id);
  await clock.advance(399);
  assertEquals(held.asked, 1);
  await clock.advance(1);
  await held.release();
  await Promise.all([second, third]);
  const arrivals = sandbox.requests.entries().map((entry) => entry.arrivedAt);
  assertEquals(arrivals, [0, 1700]);
});

clientTest("a timer that is early lets nobody ask early", async (
  { connect, sandbox },
) => {
  class EarlyClock extends TestClock {
    override setTimer(callback: () => void, delay: number): () => void {
      return super.setTimer(callback, delay > 1 ? delay - 0.75 : delay);
    }
  }
  const clock = new EarlyClock();
  const asked: number[] = [];
  const callfire = connect({
    clock,
    fetch: (input, init) => {
      asked.push(clock.now());
      return fetch(input, init);
    },
  });
  const id = sandbox.orders.place({});
  await callfire.getNumberOrder(id);
  await clock.runUntil(callfire.getNumberOrder(id));
  assertEquals(asked, [0, 1000]);
  assertEquals(clock.pending, 0);
  sandbox.requests.clear();
});

clientTest("different orders do not wait for each other", async (
  { callfire, sandbox },
) => {
  const ids = Array.from({ length: 50 }, () => sandbox.orders.place({}));
  for (const id of ids.slice(0, 5)) await callfire.getNumberOrder(id);
  await Promise.all(ids.slice(5).map((id) => callfire.getNumberOrder(id)));
  assertEquals(sandbox.requests.count, 50);
});

const FAULTS: Fault[] = [
  { kind: "reset" },
  { kind: "cut", at: 5 },
  { kind: "status", status: 404 },
  { kind: "status", status: 500 },
  { kind: "body", body: "" },
  { kind: "redirect", location: "/" },
];

clientTest("a request that failed counts for the pace too", async (
  { callfire, clock, sandbox },
) => {
  for (const fault of FAULTS) {
    const id = sandbox.orders.place({});
    sandbox.faults.add(fault);
    const error = await reasonOf(callfire.getNumberOrder(id));
    assertInstanceOf(error, CallFireError);
    const again = callfire.getNumberOrder(id);
    assertEquals(await clock.sleeping(), 1000);
    await clock.advance(1000);
    assertEquals((await again).id, id);
  }
});

clientTest("those who share a request share its fault", async (
  { callfire, sandbox },
) => {
  sandbox.faults.add({ kind: "status", status: 503 });
  const id = sandbox.orders.place({});
  const ask = () => reasonOf(callfire.getNumberOrder(id));
  const [first, second] = await Promise.all([ask(), ask()]);
  for (const error of [first, second]) {
    assertInstanceOf(error, ServerError);
  }
  assertEquals(sandbox.requests.count, 1);
});

clientTest("one who leaves does not end the request of the others", async (
  { callfire, sandbox },
) => {
  const id = sandbox.orders.place({});
  const { signal, abort } = countingController();
  sandbox.faults.add({ kind: "none", delay: 20 });
  const leaves = reasonOf(callfire.getNumberOrder(id, { signal }));
  const stays = callfire.getNumberOrder(id);
  await until(() => sandbox.requests.count === 1);
  const reason = { because: "enough" };
  abort(reason);
  assertStrictEquals(await leaves, reason);
  assertEquals((await stays).id, id);
  assertEquals(sandbox.requests.count, 1);
});

clientTest(
  "the last one to leave ends the request, and the pace is kept",
  async (
    { callfire, clock, sandbox },
  ) => {
    const id = sandbox.orders.place({});
    const controllers = [countingController(), countingController()] as const;
    sandbox.faults.add({ kind: "hang" });
    const reasons = controllers.map(({ signal }) =>
      reasonOf(callfire.getNumberOrder(id, { signal }))
    );
    await until(() => sandbox.requests.count === 1);
    await clock.advance(300);
    controllers[0].abort("first");
    await clock.advance(100);
    assertEquals(sandbox.requests.entries()[0]?.answeredAt, null);
    controllers[1].abort("last");
    assertEquals(await Promise.all(reasons), ["first", "last"]);
    // The server sees the connection close.
    await until(() => sandbox.requests.entries()[0]?.answeredAt === 400);
    assertEquals(sandbox.requests.entries()[0]?.status, null);
    const next = callfire.getNumberOrder(id);
    assertEquals(await clock.sleeping(), 1000);
    await clock.advance(1000);
    assertEquals((await next).id, id);
    assertEquals(sandbox.requests.entries()[1]?.arrivedAt, 1400);
  },
);

clientTest("one who comes while a request is being ended asks anew", async (
  { callfire, clock, sandbox },
) => {
  const id = sandbox.orders.place({});
  const { signal, abort } = countingController();
  sandbox.faults.add({ kind: "hang" });
  const leaves = reasonOf(callfire.getNumberOrder(id, { signal }));
  await until(() => sandbox.requests.count === 1);
  abort("enough");
  const next = callfire.getNumberOrder(id);
  assertEquals(await leaves, "enough");
  assertEquals((await clock.runUntil(next)).id, id);
  assertEquals(sandbox.requests.entries()[1]?.arrivedAt, 1000);
});
