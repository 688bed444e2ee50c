import { assert, assertEquals, assertMatch } from "@std/assert";
import { METRICS } from "../../daemon/metrics.ts";
import { POLL_RESULT_LABELS } from "../../daemon/polling/poll_result.ts";
import { beginWatch } from "../../daemon/polling/watched_order.ts";
import { test } from "../helpers/client/testing.ts";
import {
  runProgram,
  testWithProgram,
} from "../helpers/daemon/debian_program.ts";
import {
  BEGAN,
  makeMetrics,
  order,
  parseSamples,
  watchThrough,
} from "../helpers/daemon/metrics_testing.ts";

const RESULTS = "ok not_found unauthorized forbidden rate_limited " +
  "client_error server_error malformed network timeout";
const OUTCOMES = "fulfilled partial unfulfilled errored void rejected " +
  "not_found expired";
const STATUSES = "NEW PROCESSING FINISHED ERRORED VOID WAIT_FOR_PAYMENT " +
  "ADJUSTED APPROVE_TIER_ONE APPROVE_TIER_TWO REJECTED unknown other";

/** Names that dashboards and alerts hold on to: type, and labels by value. */
const TABLE: Record<string, [string, Record<string, string>]> = {
  callfire_polls_total: ["counter", { result: RESULTS }],
  callfire_poll_duration_seconds: ["histogram", { result: RESULTS }],
  callfire_poll_lateness_seconds: ["histogram", {}],
  callfire_orders_watching: ["gauge", { status: STATUSES }],
  callfire_orders_overdue: ["gauge", {}],
  callfire_orders_settled_total: ["counter", { outcome: OUTCOMES }],
  callfire_order_settle_seconds: ["histogram", { outcome: OUTCOMES }],
  callfire_order_items_total: ["counter", {
    kind: "local toll_free keyword",
    result: "ordered fulfilled",
  }],
  callfire_order_cost_dollars_total: ["counter", { outcome: OUTCOMES }],
  callfire_credentials_valid: ["gauge", {}],
  callfire_upstream_up: ["gauge", {}],
  callfire_build_info: ["gauge", { version: "", deno: "" }],
  callfire_log_lines_dropped_total: ["counter", {}],
  http_request_duration_seconds: ["histogram", {
    method: "",
    route: "",
    status: "",
  }],
  process_cpu_seconds_total: ["counter", {}],
  process_resident_memory_bytes: ["gauge", {}],
  process_start_time_seconds: ["gauge", {}],
};

/** Every series that is known before anything happens, buckets left out. */
function knownSeries(): string[] {
  return Object.entries(TABLE).flatMap(([name, [type, labels]]) => {
    const rows = Object.entries(labels).reduce(
      (rows, [label, values]) =>
        rows.flatMap((row) =>
          values.split(" ").filter(Boolean)
            .map((value) => [...row, `${label}="${value}"`])
        ),
      [[]] as string[][],
    ).map((row) => row.length > 0 ? `{${row.join(",")}}` : "");
    const suffixes = type === "histogram" ? ["_sum", "_count"] : [""];
    return suffixes.flatMap((suffix) =>
      rows.map((row) => `${name}${suffix}${row}`)
    );
  });
}

test("metrics: names, types and labels are those of the table", async () => {
  const text = await makeMetrics().metrics.render();
  const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)]
    .map(([, name, type]) => [name!, type!]);
  const expected = Object.entries(TABLE).map(([name, [type]]) => [name, type]);
  assertEquals(types.sort(), expected.sort());

  const defined = Object.values(METRICS).map(({ name, type, labels }) => {
    const byLabel = Object.entries<readonly string[]>(labels)
      .map(([label, values]) => [label, values.join(" ")]);
    return [name, [type, Object.fromEntries(byLabel)]];
  });
  assertEquals(Object.fromEntries(defined), TABLE);
});

test("metrics: every known series is there from the start, at 0", async () => {
  const samples = await makeMetrics().samples();
  const notZero = /^(callfire_(build_info|credentials|upstream)|process_)/;
  for (const series of knownSeries()) {
    assert(samples.has(series), series);
    if (!notZero.test(series)) assertEquals(samples.get(series), 0, series);
    samples.delete(series);
  }
  const others = [...samples].filter(([series]) => !series.includes("_bucket"));
  assertEquals(others, [[
    `callfire_build_info{version="1.2.3",deno="${Deno.version.deno}"}`,
    1,
  ]]);
  const buckets = [...samples].filter(([series]) => series.includes("_bucket"));
  const perResult = METRICS.pollDuration.buckets.length + 1;
  const perOutcome = METRICS.orderSettleTime.buckets.length + 1;
  const lateness = METRICS.pollLateness.buckets.length + 1;
  assertEquals(buckets.length, 10 * perResult + 8 * perOutcome + lateness);
  assert(buckets.every(([, value]) => value === 0));
});

test("metrics: questions are counted by result, in seconds", async () => {
  const { metrics, samples } = makeMetrics();
  for (const [index, result] of POLL_RESULT_LABELS.entries()) {
    for (let times = 0; times <= index; times++) {
      metrics.polled({ result, duration: 250, lateness: 1500 });
    }
  }
  const after = await samples();
  for (const [index, result] of POLL_RESULT_LABELS.entries()) {
    const get = (name: string, le = "") =>
      after.get(`callfire_poll${name}{${le}result="${result}"}`);
    const times = index + 1;
    assertEquals(get("s_total"), times);
    assertEquals(get("_duration_seconds_count"), times);
    assertEquals(get("_duration_seconds_sum"), times / 4);
    assertEquals(get("_duration_seconds_bucket", 'le="0.1",'), 0);
    assertEquals(get("_duration_seconds_bucket", 'le="0.25",'), times);
    assertEquals(get("_duration_seconds_bucket", 'le="+Inf",'), times);
  }
  const lateness = (suffix: string) =>
    after.get(`callfire_poll_lateness_seconds_${suffix}`);
  assertEquals(lateness("count"), 55);
  assertEquals(lateness("sum"), 55 * 1.5);
  assertEquals(lateness('bucket{le="1"}'), 0);
  assertEquals(lateness('bucket{le="2.5"}'), 55);
});

test("metrics: how CallFire is doing", async () => {
  const { samples, upstream } = makeMetrics();
  const state = async () => {
    const now = await samples();
    return [
      now.get("callfire_credentials_valid"),
      now.get("callfire_upstream_up"),
    ];
  };
  assertEquals(await state(), [1, 1]);
  upstream.answered("unauthorized", 0, upstream.asked(0));
  assertEquals(await state(), [0, 1]);
  upstream.answered("ok", 15_000, upstream.asked(15_000));
  assertEquals(await state(), [1, 1]);
  for (let time = 16_000; time < 21_000; time += 1000) {
    upstream.answered("server_error", time, upstream.asked(time));
  }
  assertEquals(await state(), [1, 0]);
});

test("metrics: a scrape says as much of 100,000 orders as of none", async () => {
  const { census, metrics, clock } = makeMetrics();
  const before = parseSamples(await metrics.render());
  const reads = ["NEW", "PROCESSING", ...Array(100).keys().map(String)]
    .map((status) => order({ status }));
  for (let id = 1; id <= 100_000; id++) {
    const { watch } = beginWatch(String(id), null, BEGAN);
    const order = reads[id % (reads.length + 1)] ?? null;
    census.add({ ...watch, order }, 0);
  }
  await clock.advance(30_000);
  const after = parseSamples(await metrics.render());
  assertEquals([...after.keys()], [...before.keys()]);
  assertEquals(after.get("callfire_orders_overdue"), 100_000);
  const watching = [...after]
    .filter(([series]) => series.startsWith("callfire_orders_watching"));
  assertEquals(watching.reduce((sum, [, count]) => sum + count, 0), 100_000);
});

test("metrics: each daemon in a process counts for itself", async () => {
  const [one, other] = [makeMetrics(), makeMetrics()];
  one.metrics.polled({ result: "ok", duration: 1, lateness: 1 });
  const polls = 'callfire_polls_total{result="ok"}';
  assertEquals((await one.samples()).get(polls), 1);
  assertEquals((await other.samples()).get(polls), 0);
});

testWithProgram(
  { program: "promtool", debianPackage: "prometheus" },
  "metrics: promtool finds nothing to say",
  async () => {
    const { metrics } = makeMetrics();
    const check = async () => {
      const text = await metrics.render();
      const run = await runProgram("promtool", ["check", "metrics"], text);
      assertEquals(run, { code: 0, output: "" });
    };
    await check();
    metrics.serves([
      { method: "GET", route: "/v1/orders/{id}", statuses: [200, 404] },
    ]);
    metrics.requested({ method: "GET", route: "/", status: 404, duration: 1 });
    metrics.polled({ result: "network", duration: 1, lateness: 0 });
    metrics.happened(watchThrough(
      { after: 0, order: order({ status: "ERRORED", totalCost: 1e-7 }) },
    ));
    await check();
    assertMatch(metrics.contentType, /^text\/plain; version=0\.0\.4;/);
  },
);
