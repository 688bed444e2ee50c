import {
  assertEquals,
  assertInstanceOf,
  assertLess,
  assertStrictEquals,
} from "@std/assert";
import { ServerError, TimeoutError } from "../../mod.ts";
import { until } from "../sandbox/testing.ts";
import {
  clientTest,
  countingController,
  holdFetch,
  reasonOf,
} from "../helpers/client/testing.ts";

const FOR_EVER = { timeout: Infinity };

/** Reasons of an abort, some of which look like faults that may pass. */
const REASONS: Record<string, () => unknown> = {
  "an object": () => ({ because: "enough" }),
  "a text": () => "enough",
  "null": () => null,
  "an error": () => new Error("enough"),
  "a TimeoutError of the platform": () =>
    new DOMException("Signal timed out.", "TimeoutError"),
  "a TimeoutError of ours": () => new TimeoutError("enough"),
  "a ServerError": () =>
    new ServerError("enough", { status: 503, retryAfter: 1 }),
};

for (const [what, make] of Object.entries(REASONS)) {
  clientTest(`a wait that is aborted with ${what} rejects with it`, async (
    { callfire, clock, sandbox },
  ) => {
    const reason = make();
    const before = AbortSignal.abort(reason);
    const id = sandbox.orders.place({});
    const never = callfire.waitForNumberOrder(id, { signal: before });
    assertStrictEquals(await reasonOf(never), reason);
    assertEquals(sandbox.requests.count, 0);

    const polling = countingController();
    sandbox.faults.add({ kind: "hang" });
    const first = reasonOf(
      callfire.waitForNumberOrder(id, { signal: polling.signal }),
    );
    await until(() => sandbox.requests.count === 1);
    polling.abort(reason);
    assertStrictEquals(await first, reason);
    await until(() => sandbox.requests.entries()[0]?.answeredAt !== null);

    const resting = countingController();
    const second = reasonOf(
      callfire.waitForNumberOrder(sandbox.orders.place({}), {
        ...FOR_EVER,
        signal: resting.signal,
      }),
    );
    assertEquals(await clock.sleeping(), 1000);
    await clock.advance(500);
    resting.abort(reason);
    assertStrictEquals(await second, reason);

    // Nothing more is sent, by nobody.
    await clock.advance(100_000);
    assertEquals(sandbox.requests.count, 2);
    const signals = [polling.signal, resting.signal];
    assertEquals(signals.map(({ listeners }) => listeners), [0, 0]);
  });
}

clientTest(
  "waitForNumberOrder() sends nothing when it was aborted before",
  async (
    { connect, sandbox },
  ) => {
    const held = holdFetch();
    const callfire = connect({ fetch: held.fetch });
    const reason = { because: "before the start" };
    const signal = AbortSignal.abort(reason);
    let polls = 0;
    const id = sandbox.orders.place({});
    const options = { signal, onPoll: () => polls++ };
    const waits = callfire.waitForNumberOrder(id, options);
    assertStrictEquals(await reasonOf(waits), reason);
    assertEquals([held.asked, polls], [0, 0]);
  },
);

clientTest("a wait that AbortSignal.timeout() ends is not retried", async (
  { callfire, sandbox },
) => {
  const id = sandbox.orders.place({});
  sandbox.faults.add({ kind: "hang", count: 9 });
  const signal = AbortSignal.timeout(20);
  const waits = callfire.waitForNumberOrder(id, { ...FOR_EVER, signal });
  const reason = await reasonOf(waits);
  assertStrictEquals(reason, signal.reason);
  assertInstanceOf(reason, DOMException);
  assertEquals(reason.name, "TimeoutError");
  assertLess(sandbox.requests.count, 2);
});

clientTest("an abort ends the pause after a fault", async (
  { callfire, clock, sandbox },
) => {
  const id = sandbox.orders.place({});
  sandbox.faults.add({ kind: "status", status: 429, retryAfter: "3600" });
  const { signal, abort } = countingController();
  const waits = reasonOf(
    callfire.waitForNumberOrder(id, { ...FOR_EVER, signal }),
  );
  assertEquals(await clock.sleeping(), 3_600_000);
  abort("enough");
  assertEquals(await waits, "enough");
  assertEquals([clock.pending, signal.listeners], [0, 0]);
});

clientTest("an abort by onPoll ends a wait before its next request", async (
  { callfire, clock, sandbox },
) => {
  const id = sandbox.orders.place({});
  const { signal, abort } = countingController();
  const waits = callfire.waitForNumberOrder(id, {
    signal,
    onPoll: () => abort("seen enough"),
  });
  assertEquals(await reasonOf(waits), "seen enough");
  await clock.advance(10_000);
  assertEquals([sandbox.requests.count, signal.listeners], [1, 0]);
});

clientTest("one wait that is aborted does not end another", async (
  { callfire, clock, sandbox },
) => {
  const script = [{ after: 2000, status: "FINISHED" }];
  const id = sandbox.orders.place({ script });
  const { signal, abort } = countingController();
  const leaves = reasonOf(
    callfire.waitForNumberOrder(id, { ...FOR_EVER, signal }),
  );
  const stays = callfire.waitForNumberOrder(id, FOR_EVER);
  assertEquals(await clock.sleeping(), 1000);
  await clock.advance(400);
  abort("enough");
  assertEquals(await leaves, "enough");
  assertEquals((await clock.runUntil(stays)).status, "FINISHED");
  const arrivals = sandbox.requests.entries().map((entry) => entry.arrivedAt);
  assertEquals(arrivals, [0, 1000, 2000]);
});

clientTest("nobody listens to a signal once the wait has ended", async (
  { callfire, clock, sandbox },
) => {
  const script = [{ after: 3000, status: "FINISHED" }];
  const { signal } = countingController();
  sandbox.faults.add({ kind: "reset" });
  const waits = callfire.waitForNumberOrder(
    sandbox.orders.place({ script }),
    { ...FOR_EVER, signal },
  );
  const atMost: number[] = [];
  for (let polls = 0; polls < 3; polls++) {
    await clock.sleeping();
    atMost.push(signal.listeners);
    await clock.advance(1000);
    await until(() => sandbox.requests.count === polls + 2);
  }
  await waits;
  assertEquals(atMost, [1, 1, 1]);
  assertEquals(signal.listeners, 0);
});
