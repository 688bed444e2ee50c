import { assert, assertEquals, assertGreaterOrEqual } from "@std/assert";
import { POLL_RESULT_LABELS } from "../../daemon/polling/poll_result.ts";
import { SETTLED_OUTCOMES } from "../../daemon/polling/watched_order.ts";
import { test } from "../helpers/client/testing.ts";
import { RawConnection } from "../helpers/api/raw_connection.ts";
import {
  runProgram,
  testWithProgram,
} from "../helpers/daemon/debian_program.ts";
import { parseSamples } from "../helpers/daemon/metrics_testing.ts";
import type { Fault } from "../sandbox/faults.ts";
import type { Fulfilled, NewOrder } from "../sandbox/order.ts";
import { type Sandbox, startSandbox } from "../sandbox/sandbox.ts";
import { checkConservation, Ledger } from "../helpers/system/conservation.ts";
import { DaemonProcess, withFolder } from "../helpers/system/daemon_process.ts";
import { EventReader } from "../helpers/system/event_reader.ts";

const PROMTOOL = { program: "promtool", debianPackage: "prometheus" };

/** All that an order of these tests is for. */
const ALL: Fulfilled = {
  localNumbers: ["12135550100", "12135550101"],
  tollFreeNumbers: ["18005550100"],
  keywords: ["YELLOWTAXI"],
};

/** What CallFire makes of an order, by the outcome that it comes to. */
const ENDS: Record<string, NewOrder> = {
  fulfilled: endsAs("FINISHED", ALL),
  partial: endsAs("FINISHED", { localNumbers: ["12135550102"] }),
  unfulfilled: endsAs("FINISHED"),
  errored: endsAs("ERRORED"),
  void: endsAs("VOID"),
  rejected: endsAs("REJECTED"),
  expired: endsAs("WAIT_FOR_PAYMENT"),
};

/** What goes wrong with a question, by its result. */
const FAULTS: Record<string, Fault> = {
  unauthorized: { kind: "status", status: 401 },
  forbidden: { kind: "status", status: 403 },
  rate_limited: { kind: "status", status: 429 },
  client_error: { kind: "status", status: 400 },
  server_error: { kind: "status", status: 500 },
  malformed: { kind: "body", body: "<html>" },
  network: { kind: "reset" },
  timeout: { kind: "hang" },
};

function endsAs(status: string, fulfilled: Fulfilled = {}): NewOrder {
  return {
    localNumbers: { ordered: 2 },
    tollFreeNumbers: { ordered: 1 },
    keywords: { ordered: 1 },
    script: [{ after: 0, status, fulfilled, totalCost: 2 }],
  };
}

async function samplesOf(
  daemon: DaemonProcess,
): Promise<Map<string, number>> {
  return parseSamples(await (await daemon.fetch("/metrics")).text());
}

async function settled(daemon: DaemonProcess, id: string): Promise<void> {
  let state = "watching";
  while (state !== "settled") {
    ({ state } = await daemon
      .json<{ state: string }>("GET", `/v1/orders/${id}?wait=55`));
  }
}

/**
 * Runs a test with a daemon, whose series are all there from the start, and
 * checks what it has told at the end.
 */
function metricsTest(
  name: string,
  run: (
    setup: { sandbox: Sandbox; daemon: DaemonProcess; ledger: Ledger },
  ) => Promise<void>,
  args: string[] = [],
  testWith: typeof test = test,
): void {
  testWith(name, () =>
    withFolder(async (folder) => {
      await using sandbox = await startSandbox();
      const options = { sandbox, folder, args };
      await using daemon = await DaemonProcess.start(options);
      const ledger = new Ledger();
      const before = await samplesOf(daemon);
      await run({ sandbox, daemon, ledger });
      await checkConservation(daemon, ledger, new EventReader());
      const after = await samplesOf(daemon);
      assertEquals(
        [...after.keys()],
        [...before.keys()],
        "a series came later",
      );
      assertEquals(await daemon.stop(), 0, daemon.output);
    }));
}

metricsTest(
  "every metric of a running daemon tells what has happened",
  async ({ daemon, ledger, sandbox }) => {
    for (const [result, fault] of Object.entries(FAULTS)) {
      const order = sandbox.orders.place(ENDS["fulfilled"]!);
      sandbox.faults.add({ ...fault, order });
      assert(await ledger.watch(daemon, order));
      // These stop everything else, which would expire meanwhile.
      const isServerError = result === "unauthorized" || result === "forbidden";
      if (isServerError) await settled(daemon, order);
    }
    for (const end of Object.values(ENDS)) {
      assert(await ledger.watch(daemon, sandbox.orders.place(end)));
    }
    assert(await ledger.watch(daemon, "404"));
    for (const id of ledger.watched) await settled(daemon, id);

    const samples = await samplesOf(daemon);
    const value = (name: string, labels = "") =>
      samples.get(labels && `${name}{${labels}}` || name) ?? NaN;
    let polls = 0;
    for (const result of POLL_RESULT_LABELS) {
      const labels = `result="${result}"`;
      const counted = value("callfire_polls_total", labels);
      polls += counted;
      if (result in FAULTS) assertEquals(counted, 1, labels);
      else assertGreaterOrEqual(counted, 2, labels);
      const duration = "callfire_poll_duration_seconds";
      assertEquals(value(`${duration}_count`, labels), counted);
      assert(value(`${duration}_sum`, labels) > 0, labels);
    }
    assertEquals(polls, sandbox.requests.count);
    assertEquals(value("callfire_poll_lateness_seconds_count"), polls);
    const ends = Object.keys(FAULTS).length + 1;
    for (const outcome of SETTLED_OUTCOMES) {
      const labels = `outcome="${outcome}"`;
      const count = outcome === "fulfilled" ? ends : 1;
      assertEquals(value("callfire_orders_settled_total", labels), count);
      const time = "callfire_order_settle_seconds";
      assertEquals(value(`${time}_count`, labels), count);
      assert(value(`${time}_sum`, labels) > 0, labels);
      assertEquals(
        value("callfire_order_cost_dollars_total", labels),
        outcome === "not_found" ? 0 : 2 * count,
      );
    }
    // Of one order nothing was ever read.
    const orders = ledger.watched.size - 1;
    for (
      const [kind, ordered, fulfilled] of [
        ["local", 2 * orders, 2 * ends + 1],
        ["toll_free", orders, ends],
        ["keyword", orders, ends],
      ] as const
    ) {
      const items = (result: string) =>
        value(
          "callfire_order_items_total",
          `kind="${kind}",result="${result}"`,
        );
      assertEquals(
        [items("ordered"), items("fulfilled")],
        [ordered, fulfilled],
        kind,
      );
    }
    assertEquals(value("callfire_credentials_valid"), 1);
    assertEquals(value("callfire_upstream_up"), 1);
    assertEquals(value("callfire_orders_overdue"), 0);
    const started = value("process_start_time_seconds") * 1000;
    assert(Math.abs(Date.now() - started) < 600_000, `${started}`);
    assertGreaterOrEqual(value("process_resident_memory_bytes"), 1e7);
    assertGreaterOrEqual(value("process_cpu_seconds_total"), 0.01);
  },
  // Longer than it takes until a 404 is believed.
  ["--expire-after=45s"],
);

metricsTest("nobody can make a series", async ({ daemon }) => {
  const { host } = new URL(daemon.url);
  const methods = ["GET", "HEAD", "PUT", "PATCH", "OPTIONS", "PROPFIND", "get"];
  const paths = [
    ...["/", "/nothing", "/page/nothing.js", "/page/%2e%2e", "/%00", "/%ff"],
    ...["/v1", "/v1/nothing", "/v1/orders/{id}", "/v1/orders/7/nothing"],
    ...["/v1/events?lastEventId=9", "/metrics/", "/-/ready", "/openapi.json"],
    ...["//", "/?/v1/orders", "/v1/orders/%ff?wait=x", `/${"a".repeat(4000)}`],
  ];
  for (const method of methods) {
    for (const path of paths) {
      for (const asked of [host, "elsewhere.example", "[::]:1", "a b"]) {
        using connection = await RawConnection.request(
          daemon.url,
          `${method} ${path} HTTP/1.1`,
          `Host: ${asked}`,
          "Connection: close",
          'If-None-Match: "a", *',
          "Authorization: Bearer nothing",
        );
        await connection.readAll();
      }
    }
  }
});

metricsTest(
  "promtool finds nothing to say of what a daemon tells",
  async ({ daemon, ledger, sandbox }) => {
    const check = async () => {
      const text = await (await daemon.fetch("/metrics")).text();
      const run = await runProgram("promtool", ["check", "metrics"], text);
      assertEquals(run, { code: 0, output: "" });
    };
    await check();
    const order = sandbox.orders.place(ENDS["partial"]!);
    assert(await ledger.watch(daemon, order));
    await settled(daemon, order);
    await check();
  },
  [],
  (name, run) => testWithProgram(PROMTOOL, name, async () => await run()),
);
