import {
  assertEquals,
  assertInstanceOf,
  assertStrictEquals,
} from "@std/assert";
import { until } from "../sandbox/testing.ts";
import {
  clientTest,
  countingController,
  holdFetch,
  reasonOf,
} from "../helpers/client/testing.ts";

clientTest("getNumberOrder() sends nothing when it was aborted before", async (
  { connect, sandbox },
) => {
  const held = holdFetch();
  const callfire = connect({ fetch: held.fetch });
  const reason = new Error("before the start");
  const signal = AbortSignal.abort(reason);
  const id = sandbox.orders.place({});
  const asked = callfire.getNumberOrder(id, { signal });
  assertStrictEquals(await reasonOf(asked), reason);
  assertEquals([held.asked, sandbox.requests.count], [0, 0]);
});

clientTest("getNumberOrder() sends nothing when it is aborted at once", async (
  { connect, sandbox },
) => {
  const held = holdFetch();
  const callfire = connect({ fetch: held.fetch });
  const { signal, abort } = countingController();
  const id = sandbox.orders.place({});
  const asked = reasonOf(callfire.getNumberOrder(id, { signal }));
  abort("at once");
  assertEquals(await asked, "at once");
  assertEquals([held.asked, sandbox.requests.count], [0, 0]);
});

clientTest("getNumberOrder() sends nothing when its turn never came", async (
  { callfire, clock, sandbox },
) => {
  const id = sandbox.orders.place({});
  await callfire.getNumberOrder(id);
  const { signal, abort } = countingController();
  const asked = reasonOf(callfire.getNumberOrder(id, { signal }));
  assertEquals(await clock.sleeping(), 1000);
  await clock.advance(999);
  abort("too long");
  assertEquals(await asked, "too long");
  assertEquals(clock.pending, 0);
  await clock.advance(5000);
  assertEquals(sandbox.requests.count, 1);
});

clientTest("one who leaves the line does not cost another the turn", async (
  { callfire, clock, sandbox },
) => {
  const id = sandbox.orders.place({});
  await callfire.getNumberOrder(id);
  const { signal, abort } = countingController();
  const leaves = reasonOf(callfire.getNumberOrder(id, { signal }));
  const stays = callfire.getNumberOrder(id);
  await clock.advance(500);
  abort("too long");
  assertEquals(await leaves, "too long");
  assertEquals(await clock.sleeping(), 500);
  await clock.advance(500);
  assertEquals((await stays).id, id);
  assertEquals(sandbox.requests.entries()[1]?.arrivedAt, 1000);
});

clientTest("one who leaves the line leaves the request under way alone", async (
  { connect, sandbox },
) => {
  const held = holdFetch();
  const callfire = connect({ fetch: held.fetch });
  const id = sandbox.orders.place({});
  const first = callfire.getNumberOrder(id);
  await until(() => held.asked === 1);
  const { signal, abort } = countingController();
  const second = reasonOf(callfire.getNumberOrder(id, { signal }));
  abort("too long");
  assertEquals(await second, "too long");
  await held.release();
  assertEquals((await first).id, id);
  assertEquals(sandbox.requests.count, 1);
});

clientTest("nobody listens to a signal once its call has ended", async (
  { callfire, clock, sandbox },
) => {
  const { signal, abort } = countingController();
  const { faults, orders, requests } = sandbox;
  const id = orders.place({});
  await callfire.getNumberOrder(id, { signal });
  assertEquals(signal.listeners, 0);
  faults.add({ kind: "status", status: 500 });
  const failed = callfire.getNumberOrder(orders.place({}), { signal });
  assertEquals(signal.listeners, 1);
  await reasonOf(failed);
  assertEquals(signal.listeners, 0);
  const calls = Array.from(
    { length: 20 },
    () => callfire.getNumberOrder(id, { signal }),
  );
  assertEquals(signal.listeners, 20);
  await clock.runUntil(Promise.all(calls));
  assertEquals(signal.listeners, 0);
  const { count } = requests;
  abort();
  await clock.advance(2000);
  assertEquals(requests.count, count);
});

clientTest("a call rejects with the reason that the signal has", async (
  { callfire, sandbox },
) => {
  sandbox.faults.add({ kind: "hang", count: 10 });
  for (const reason of [{ a: 1 }, "text", 0, null, new TypeError("mine")]) {
    const { signal, abort } = countingController();
    const asked = reasonOf(
      callfire.getNumberOrder(sandbox.orders.place({}), { signal }),
    );
    abort(reason);
    assertStrictEquals(await asked, reason);
  }
  const { signal, abort } = countingController();
  const asked = reasonOf(
    callfire.getNumberOrder(sandbox.orders.place({}), { signal }),
  );
  abort();
  const reason = await asked;
  assertInstanceOf(reason, DOMException);
  assertEquals(reason.name, "AbortError");
});

clientTest("a fetch that heeds no signal is left behind at once", async (
  { clock, connect, sandbox },
) => {
  const callfire = connect({ fetch: () => new Promise(() => {}) });
  const { signal, abort } = countingController();
  const id = sandbox.orders.place({});
  const asked = reasonOf(callfire.getNumberOrder(id, { signal }));
  await clock.advance(100);
  abort("too long");
  assertEquals(await asked, "too long");
  const again = countingController();
  const options = { signal: again.signal };
  const next = reasonOf(callfire.getNumberOrder(id, options));
  assertEquals(await clock.sleeping(), 1000);
  again.abort("no");
  assertEquals(await next, "no");
});
