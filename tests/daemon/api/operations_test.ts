import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { until } from "../../sandbox/testing.ts";
import { apiTest, listAnswers } from "../../helpers/api/testing.ts";

apiTest("/-/healthy tells that the daemon runs", async ({ call, stop }) => {
  assertEquals(await (await call("GET", "/-/healthy")).text(), "healthy\n");
  stop();
  assertEquals((await call("HEAD", "/-/healthy")).status, 200);
});

apiTest("/-/ready tells that the daemon does its work", async ({ call }) => {
  const response = await call("GET", "/-/ready");
  assertEquals([response.status, await response.text()], [200, "ready\n"]);
});

apiTest("/-/ready tells why the daemon is not ready", async (setup) => {
  const { call, core, store } = setup;
  core.health.isStopping = true;
  core.tracker.upstream.answered("unauthorized", 0, false);
  await store.close();
  const response = await call("GET", "/-/ready");
  assertEquals(response.status, 503);
  const { code, detail, reasons } = await response.json();
  assertEquals([code, reasons.length], ["not_ready", 3]);
  assertEquals(detail, reasons.join(" "));
  assertStringIncludes(reasons[1], "CALLFIRE_LOGIN");
  assertEquals(setup.failures, []);
});

apiTest("/-/working and the summary tell of a long pause", async (setup) => {
  const { call, core, json } = setup;
  const working = await call("GET", "/-/working");
  assertEquals([working.status, await working.text()], [200, "working\n"]);
  core.pause.asked({ left: 60_000, code: "rate_limited" });
  const response = await call("GET", "/-/working");
  assertEquals(response.status, 503);
  const { code, detail, reasons } = await response.json();
  assertEquals([code, reasons.length], ["not_working", 1]);
  const until = new Date(setup.clock.date().getTime() + 60_000).toISOString();
  assertStringIncludes(detail, `nothing is polled until ${until}`);
  assertEquals((await call("HEAD", "/-/ready")).status, 200);
  const { upstream } = await json("GET", "/v1/summary");
  assertEquals(upstream, {
    state: "up",
    failure: null,
    credentialsValid: true,
    requestsPerSecondLimit: 0,
    pausedUntil: until,
    pauseReason: "rate_limited",
  });
  assertStringIncludes(
    await (await call("GET", "/metrics")).text(),
    "callfire_upstream_up 0",
  );
  core.pause.stop();
});

apiTest("/-/ready writes at most once a second", async (setup) => {
  const { call, store } = setup;
  let checks = 0;
  const { check } = store;
  store.check = () => {
    checks++;
    return check.call(store);
  };
  for (let asked = 0; asked < 20; asked++) await call("HEAD", "/-/ready");
  assertEquals(checks, 1);
  await setup.clock.advance(1_000);
  await call("HEAD", "/-/ready");
  assertEquals(checks, 2);
});

apiTest("/metrics tells of polls and of requests", async (setup) => {
  const { call, json, watch } = setup;
  await watch("7");
  await json("GET", "/v1/orders/7");
  await json("GET", "/v1/orders/8");
  await json("GET", "/v1/orders/a");
  await json("GET", "/nothing/7");
  await json("BREW", "/v1/orders/7");
  await call("HEAD", "/v1/orders/7");
  const response = await call("GET", "/metrics");
  assertEquals(
    response.headers.get("Content-Type"),
    setup.core.metrics.contentType,
  );
  const text = await response.text();
  assertStringIncludes(text, 'callfire_polls_total{result="ok"} 1');
  const count = (labels: string) => {
    const name = "http_request_duration_seconds_count";
    const line = text.split("\n").find((line) =>
      line.startsWith(name) &&
      labels.split(" ").every((label) => line.includes(label))
    );
    return Number(line?.split(" ").at(-1) ?? 0);
  };
  const route = 'route="/v1/orders/{id}"';
  assertEquals(count(`method="GET" ${route} status="200"`), 2);
  assertEquals(count(`method="GET" ${route} status="404"`), 1);
  assertEquals(count(`method="GET" ${route} status="400"`), 1);
  assertEquals(count(`method="PUT" ${route} status="201"`), 1);
  assertEquals(count('method="GET" route="unmatched" status="404"'), 1);
  assertEquals(count('method="OTHER" route="unmatched" status="405"'), 1);
  assert(!text.includes("BREW") && !text.includes("nothing"), text);
});

apiTest("requests are measured, streams to their start", async (setup) => {
  const { clock, core, follow, json, pass, watch } = setup;
  const answers = listAnswers(setup);
  await watch("7");
  const waiting = json("GET", "/v1/orders/7?wait=2");
  await until(() => core.feed.waiting === 1);
  await pass(2_000);
  await waiting;
  const reader = await follow();
  await clock.advance(1_000);
  await reader.close();
  assertEquals(
    answers.map(({ route, status, duration }) => [route, status, duration]),
    [
      ["/v1/orders/{id}", 201, 0],
      ["/v1/orders/{id}", 200, 2_000],
      ["/v1/events", 200, 0],
    ],
  );
});

apiTest("/v1/summary tells how the daemon does", async (setup) => {
  const { clock, finish, json, pass, sandbox, watch } = setup;
  await watch("1");
  await watch("2");
  await finish("1");
  sandbox.faults.add({ kind: "status", status: 404, count: 100, order: "3" });
  await (await setup.call("PUT", "/v1/orders/3")).body?.cancel();
  await pass(40_000);
  sandbox.faults.add({ kind: "status", status: 404, count: 10, order: "4" });
  await (await setup.call("PUT", "/v1/orders/4")).body?.cancel();
  await pass(1_000);
  const { polls, ...summary } = await json("GET", "/v1/summary");
  assertEquals(summary, {
    ready: true,
    reasons: [],
    version: "1.2.3",
    startedAt: "2030-01-01T12:00:01.000Z",
    uptimeSeconds: clock.now() / 1_000 - 1,
    orders: {
      watching: 2,
      overdue: 1,
      settled: 2,
      byStatus: { PROCESSING: 1, unknown: 1 },
      byOutcome: {
        fulfilled: 1,
        partial: 0,
        unfulfilled: 0,
        errored: 0,
        void: 0,
        rejected: 0,
        not_found: 1,
        expired: 0,
      },
    },
    upstream: {
      state: "up",
      failure: null,
      credentialsValid: true,
      requestsPerSecondLimit: null,
      pausedUntil: null,
      pauseReason: null,
    },
    webhooks: null,
  });
  assert(polls.requestsPerSecond > 0);
  assert(polls.durationSeconds.p50 >= 0);
  assertEquals(
    [polls.inFlight, polls.latenessSeconds],
    [0, { p50: 0, p99: 0 }],
  );
});

apiTest("/v1/summary tells what is wrong", async ({ core, json }) => {
  core.tracker.upstream.answered("forbidden", 0, false);
  const { ready, reasons, upstream, polls } = await json("GET", "/v1/summary");
  assertEquals([ready, reasons.length], [false, 1]);
  assertEquals(
    [upstream.state, upstream.credentialsValid],
    ["refused", false],
  );
  assertEquals(
    [polls.durationSeconds, polls.latenessSeconds],
    [{ p50: null, p99: null }, { p50: null, p99: null }],
  );
});
