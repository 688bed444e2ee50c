import {
  assertEquals,
  assertInstanceOf,
  assertStrictEquals,
} from "@std/assert";
import {
  NumberOrderNotFoundError,
  type PollProgress,
  ServerError,
  WaitTimeoutError,
} from "../../mod.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { until } from "../sandbox/testing.ts";
import type { TestClock } from "../helpers/client/test_clock.ts";
import { clientTest, countPolls, reasonOf } from "../helpers/client/testing.ts";

const FINISHED = [{ after: 0, status: "FINISHED" }];
const NO_TIMEOUT = { timeout: Infinity };

/** When each request came, in milliseconds. */
function arrivals({ requests }: Sandbox): number[] {
  return requests.entries().map((entry) => Math.round(entry.arrivedAt));
}

/** `0, 1000, 2000, …`, so many of them. */
function everySecond(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index * 1000);
}

/** Lets a second pass after each of so many polls. */
async function passSeconds(
  clock: TestClock,
  reach: (polls: number) => Promise<void>,
  polls: number,
): Promise<void> {
  for (let poll = 1; poll <= polls; poll++) {
    await reach(poll);
    await clock.sleeping(1000);
    await clock.advance(1000);
  }
}

clientTest("a wait bears 404 until a new order is known", async (
  { callfire, clock, sandbox },
) => {
  // Random backoff would show, were there any.
  clock.chances = [0.9];
  const id = sandbox.orders.place({ visibleAfter: 3000, script: FINISHED });
  const polls: PollProgress[] = [];
  const order = await clock.runUntil(
    callfire.waitForNumberOrder(id, {
      ...NO_TIMEOUT,
      onPoll: (poll) => polls.push(poll),
    }),
  );
  assertEquals(order.status, "FINISHED");
  assertEquals(
    polls.map(({ elapsed, error, order }) => [
      elapsed,
      error?.code ?? order?.status,
    ]),
    [
      [0, "not_found"],
      [1000, "not_found"],
      [2000, "not_found"],
      [3000, "FINISHED"],
    ],
  );
});

clientTest("a watch bears 404 until a new order is known", async (
  { callfire, clock, sandbox },
) => {
  const id = sandbox.orders.place({ visibleAfter: 19_500, script: FINISHED });
  const watch = callfire.watchNumberOrder(id);
  const { value } = await clock.runUntil(watch.next());
  assertEquals(value?.status, "FINISHED");
  assertEquals(arrivals(sandbox), everySecond(21));
  await watch.return?.();
});

clientTest(
  "between two 404 the interval passes, or a longer Retry-After",
  async (
    { callfire, clock, sandbox },
  ) => {
    const id = sandbox.orders.place({ script: FINISHED });
    const { faults } = sandbox;
    faults.add({ kind: "status", status: 404 });
    faults.add({ kind: "status", status: 404, retryAfter: "1" });
    faults.add({ kind: "status", status: 404, retryAfter: "5" });
    await clock.runUntil(
      callfire.waitForNumberOrder(id, { ...NO_TIMEOUT, interval: 2500 }),
    );
    assertEquals(arrivals(sandbox), [0, 2500, 5000, 10_000]);
  },
);

clientTest("a 404 ends the backoff of errors before it", async (
  { callfire, clock, sandbox },
) => {
  clock.chances = [0.5];
  const id = sandbox.orders.place({ script: FINISHED });
  const { faults } = sandbox;
  faults.add({ kind: "status", status: 503, count: 2 });
  faults.add({ kind: "status", status: 404 });
  faults.add({ kind: "status", status: 503 });
  await clock.runUntil(callfire.waitForNumberOrder(id, NO_TIMEOUT));
  assertEquals(arrivals(sandbox), [0, 1500, 3500, 4500, 6000]);
});

for (const call of ["waitForNumberOrder", "watchNumberOrder"] as const) {
  clientTest(`${call}() rejects with the first 404 after 20 s`, async (
    { callfire, clock, sandbox },
  ) => {
    const polls: PollProgress[] = [];
    const options = {
      ...NO_TIMEOUT,
      onPoll: (poll: PollProgress) => polls.push(poll),
    };
    const ended = call === "watchNumberOrder"
      ? callfire.watchNumberOrder("404", options).next()
      : callfire.waitForNumberOrder("404", options);
    const error = await clock.runUntil(reasonOf(ended));
    assertInstanceOf(error, NumberOrderNotFoundError);
    assertEquals(arrivals(sandbox), everySecond(21));
    const last = polls.at(-1);
    assertEquals(last?.elapsed, 20_000);
    assertStrictEquals(last?.error, error);
  });

  clientTest(`${call}() rejects with a 404 of an order it has read`, async (
    { callfire, clock, sandbox },
  ) => {
    const id = sandbox.orders.place({ script: [] });
    sandbox.faults.add({ kind: "status", status: 404 });
    sandbox.faults.add({ kind: "none" });
    sandbox.faults.add({ kind: "status", status: 404 });
    const end = async () => {
      if (call === "waitForNumberOrder") {
        await callfire.waitForNumberOrder(id, NO_TIMEOUT);
      } else {
        for await (const _ of callfire.watchNumberOrder(id)) {
          // Only its end matters.
        }
      }
    };
    const error = await clock.runUntil(reasonOf(end()));
    assertInstanceOf(error, NumberOrderNotFoundError);
    assertEquals(arrivals(sandbox), [0, 1000, 2000]);
  });
}

clientTest(
  "a wait that saw nothing but 404 ends with that, not a timeout",
  async (
    { callfire, clock, sandbox },
  ) => {
    for (const options of [{ timeout: 2500 }, {}]) {
      const { timeout = 20_000 } = options;
      const seconds = Math.ceil(timeout / 1000);
      sandbox.requests.clear();
      const { onPoll, reach } = countPolls();
      const waits = reasonOf(
        callfire.waitForNumberOrder("404", { ...options, onPoll }),
      );
      await passSeconds(clock, reach, seconds);
      const error = await waits;
      assertInstanceOf(error, NumberOrderNotFoundError);
      assertEquals(error.status, 404);
      assertEquals(sandbox.requests.count, seconds);
    }
  },
);

clientTest("a request without a response does not change that", async (
  { callfire, clock, sandbox },
) => {
  sandbox.faults.add({ kind: "none" });
  sandbox.faults.add({ kind: "hang" });
  const waits = reasonOf(callfire.waitForNumberOrder(5, { timeout: 2500 }));
  await until(() => sandbox.requests.entries()[0]?.answeredAt === 0);
  await clock.sleeping(1000);
  await clock.advance(1000);
  await until(() => sandbox.requests.count === 2);
  await clock.advance(1500);
  assertInstanceOf(await waits, NumberOrderNotFoundError);
});

clientTest("a wait that saw something else as well ends with a timeout", async (
  { callfire, clock, sandbox },
) => {
  const error503 = { kind: "status", status: 503 } as const;
  const orders = [
    [error503, NumberOrderNotFoundError],
    [{ kind: "none" }, ServerError],
  ] as const;
  for (const [first, Cause] of orders) {
    sandbox.faults.add(first);
    if (first.kind === "none") sandbox.faults.add(error503);
    const { onPoll, reach } = countPolls();
    const waits = reasonOf(
      callfire.waitForNumberOrder(5, { timeout: 1500, onPoll }),
    );
    await passSeconds(clock, reach, 2);
    const error = await waits;
    assertInstanceOf(error, WaitTimeoutError);
    assertInstanceOf(error.cause, Cause);
    assertEquals(error.lastOrder, null);
  }
});

clientTest("getNumberOrder() bears no 404", async (
  { callfire, sandbox },
) => {
  const id = sandbox.orders.place({ visibleAfter: 1 });
  const error = await reasonOf(callfire.getNumberOrder(id));
  assertInstanceOf(error, NumberOrderNotFoundError);
  assertEquals(sandbox.requests.count, 1);
});
