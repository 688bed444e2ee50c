import { assertEquals, assertStringIncludes } from "@std/assert";
import { Health } from "../../daemon/health.ts";
import type { CurrentPause } from "../../daemon/polling/long_pause.ts";
import { Upstream } from "../../daemon/polling/upstream.ts";
import { TestClock } from "../helpers/client/test_clock.ts";
import { test } from "../helpers/client/testing.ts";
import { Log } from "../../daemon/log/log.ts";
import { StoreError } from "../../daemon/store/store.ts";
import { openTemporaryStore } from "../helpers/daemon/store_testing.ts";

interface Setup {
  health: Health;
  upstream: Upstream;
  clock: TestClock;
  /** How the daemon stands among others. */
  membership: { fault: string | undefined };
  /** The long pause that CallFire asked for. */
  pause: { current: CurrentPause | undefined };
  /** Closes the store, so that it cannot be used. */
  close: () => Promise<void>;
  /** Lets the store say this from now on; `undefined` for nothing. */
  fail: (message: string | undefined) => void;
  /** What was logged, without dates. */
  lines: string[];
  /** How often the store was looked at. */
  checks: () => number;
}

function healthTest(name: string, run: (setup: Setup) => Promise<void>): void {
  test(`Health ${name}`, async () => {
    const clock = new TestClock();
    await using temporary = await openTemporaryStore(clock);
    const { store } = temporary;
    const upstream = new Upstream(10, () => 0);
    let checks = 0;
    let fault: string | undefined;
    const lines: string[] = [];
    const check = () => {
      checks++;
      if (fault !== undefined) return Promise.reject(new StoreError(fault));
      return store.check();
    };
    const pause: Setup["pause"] = { current: undefined };
    const membership: Setup["membership"] = { fault: undefined };
    const health = new Health({
      store: { check },
      upstream,
      pause,
      membership,
      now: () => clock.now(),
      log: new Log({
        format: "text",
        write: (line) => lines.push(line.replace(/^\S+ +/, "")),
        date: () => clock.date(),
      }),
    });
    await run({
      health,
      upstream,
      clock,
      membership,
      pause,
      close: () => store.close(),
      checks: () => checks,
      fail: (message) => fault = message,
      lines,
    });
  });
}

healthTest("is ready while nothing is wrong", async ({ health }) => {
  assertEquals(await health.readiness(), {
    ready: true,
    reasons: [],
    publicReasons: [],
  });
});

healthTest("is not ready with credentials that are refused", async (setup) => {
  const { health, upstream } = setup;
  upstream.answered("unauthorized", 0, false);
  const { ready, reasons } = await health.readiness();
  assertEquals([ready, reasons.length], [false, 1]);
  assertStringIncludes(reasons[0]!, "CALLFIRE_PASSWORD");
});

healthTest("is ready while CallFire fails", async ({ health, upstream }) => {
  for (let failures = 0; failures < 5; failures++) {
    upstream.answered("server_error", 0, false);
  }
  assertEquals(upstream.state, "failing");
  assertEquals((await health.readiness()).ready, true);
});

healthTest("is not ready while it stops", async ({ health }) => {
  health.isStopping = true;
  assertEquals(await health.readiness(), {
    ready: false,
    reasons: ["The daemon is stopping."],
    publicReasons: ["The daemon is stopping."],
  });
});

healthTest("is not ready without a lease on orders", async (setup) => {
  const { health, membership } = setup;
  membership.fault = "This daemon holds no lease: postgres://me@db/orders";
  assertEquals(await health.readiness(), {
    ready: false,
    reasons: ["This daemon holds no lease: postgres://me@db/orders"],
    publicReasons: [
      "The daemon holds no lease on orders, or waits for daemons with another " +
      "limit: see GET /v1/summary or the daemon's log.",
    ],
  });
});

healthTest("tells whether orders are polled", async (setup) => {
  const { health, pause, upstream } = setup;
  assertEquals(await health.work(), {
    working: true,
    reasons: [],
    publicReasons: [],
  });
  const until = Date.UTC(2030, 0, 1, 13);
  pause.current = { until, code: "rate_limited" };
  for (let failures = 0; failures < 5; failures++) {
    upstream.answered("server_error", 0, false);
  }
  const reasons = [
    "CallFire fails: only probes are sent until it answers again.",
    "CallFire asked for a pause (rate_limited): nothing is polled until " +
    "2030-01-01T13:00:00.000Z.",
  ];
  assertEquals(await health.work(), {
    working: false,
    reasons,
    publicReasons: reasons,
  });
  assertEquals((await health.readiness()).ready, true);
  health.isStopping = true;
  assertEquals((await health.work()).reasons.length, 3);
});

healthTest("tells all that is wrong", async ({ health, upstream, close }) => {
  health.isStopping = true;
  upstream.answered("forbidden", 0, false);
  await close();
  const { ready, reasons } = await health.readiness();
  assertEquals([ready, reasons.length], [false, 3]);
  assertStringIncludes(reasons[2]!, "closed");
});

healthTest("looks at the store once a second at most", async (setup) => {
  const { health, clock, close, checks } = setup;
  await Promise.all([health.readiness(), health.readiness()]);
  assertEquals(checks(), 1);
  await close();
  await clock.advance(999);
  assertEquals((await health.readiness()).ready, true);
  assertEquals(checks(), 1);
  await clock.advance(1);
  assertEquals((await health.readiness()).ready, false);
  assertEquals((await health.readiness()).ready, false);
  assertEquals(checks(), 2);
});

healthTest("says what the store says to those alone who may know it", async (
  { clock, fail, health, lines },
) => {
  const fault = "Cannot use the database postgres://me@10.0.0.5/orders: no";
  for (const message of [fault, fault, undefined, fault]) {
    fail(message);
    const { reasons, publicReasons } = await health.readiness();
    assertEquals(reasons, message === undefined ? [] : [fault]);
    assertEquals(
      publicReasons,
      message === undefined ? [] : [
        "The database cannot be used: see GET /v1/summary or the daemon's log.",
      ],
    );
    await clock.advance(1_000);
  }
  assertEquals(lines, [
    `ERROR Cannot use the database detail=${JSON.stringify(fault)}`,
    "INFO  The database can be used again",
    `ERROR Cannot use the database detail=${JSON.stringify(fault)}`,
  ]);
});
