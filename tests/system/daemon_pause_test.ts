import { assert, assertEquals, assertMatch } from "@std/assert";
import { LONG_TEST_HUNG, test } from "../helpers/client/testing.ts";
import { startPostgres } from "../helpers/store/postgres_server.ts";
import { type Sandbox, startSandbox } from "../sandbox/sandbox.ts";
import { DaemonProcess, withFolder } from "../helpers/system/daemon_process.ts";
import { gauge } from "../helpers/system/fault_testing.ts";
import { pause } from "../helpers/system/pause.ts";
import { Member } from "../helpers/system/several_daemons.ts";

const HOUR = 3_600_000;

/** Lets a daemon watch orders, the first of which asks for a pause. */
async function askForPause(
  sandbox: Sandbox,
  daemon: DaemonProcess,
  retryAfter: string,
): Promise<string[]> {
  sandbox.faults.add({ kind: "status", status: 429, retryAfter, count: 1 });
  const ids = Array.from(
    { length: 3 },
    () => sandbox.orders.place({ script: [{ after: 0, status: "VOID" }] }),
  );
  const orders = ids.map((id) => ({ id }));
  const body = JSON.stringify({ orders });
  const headers = { "Content-Type": "application/json" };
  const response = await daemon.fetch("/v1/orders", {
    method: "POST",
    headers,
    body,
  });
  await response.body?.cancel();
  return ids;
}

/** Checks that a daemon says that it is paused, until about an hour from now. */
async function assertPaused(daemon: DaemonProcess): Promise<void> {
  await daemon.printed(/CallFire asked for a pause by Retry-After/);
  const ready = await daemon.fetch("/-/ready");
  assertEquals([ready.status, await ready.text()], [200, "ready\n"]);
  const working = await daemon.fetch("/-/working");
  assertEquals(working.status, 503);
  const { code, detail } = await working.json();
  assertEquals(code, "not_working");
  assertMatch(detail, /CallFire asked for a pause \(rate_limited\)/);
  const { upstream } = await daemon.json<{
    upstream: {
      pausedUntil: string;
      pauseReason: string;
      requestsPerSecondLimit: number;
    };
  }>("GET", "/v1/summary");
  assertEquals(upstream.pauseReason, "rate_limited");
  assertEquals(upstream.requestsPerSecondLimit, 0);
  const left = Date.parse(upstream.pausedUntil) - Date.now();
  assert(left > HOUR - 200_000 && left <= HOUR + 1_000, `${left} ms`);
  assertEquals(await gauge(daemon, "callfire_upstream_up"), 0);
}

test("a long Retry-After is told, and kept over kill -9", () =>
  withFolder(async (folder) => {
    await using sandbox = await startSandbox();
    let asked: number;
    {
      await using daemon = await DaemonProcess.start({ sandbox, folder });
      // Years are an hour.
      await askForPause(sandbox, daemon, "99999999");
      await assertPaused(daemon);
      asked = sandbox.requests.count;
      daemon.kill("SIGKILL");
      await daemon.ended();
    }
    await using daemon = await DaemonProcess.start({ sandbox, folder });
    await assertPaused(daemon);
    await pause(3_000);
    assertEquals(sandbox.requests.count, asked);
    assertEquals(await daemon.stop(), 0, daemon.output);
  }));

test("polling goes on by itself after a long Retry-After", () =>
  withFolder(async (folder) => {
    await using sandbox = await startSandbox();
    await using daemon = await DaemonProcess.start({ sandbox, folder });
    const ids = await askForPause(sandbox, daemon, "6");
    await daemon.printed(/The pause is over; orders are polled again/);
    for (const id of ids) {
      const { outcome } = await daemon.json<{ outcome: string }>(
        "GET",
        `/v1/orders/${id}?wait=50`,
      );
      assertEquals(outcome, "void");
    }
    const working = await daemon.fetch("/-/working");
    assertEquals([working.status, await working.text()], [200, "working\n"]);
    assertEquals(await daemon.stop(), 0, daemon.output);
  }));

const { postgresTest } = await startPostgres();

postgresTest(
  "all daemons of an account heed a long Retry-After",
  (server) =>
    withFolder(async (folder) => {
      await using sandbox = await startSandbox();
      const database = (await server.makeDatabase()).split("/").at(-1)!;
      const common = { server, database, folder, sandbox };
      await using one = new Member(common);
      await using other = new Member(common);
      const daemons = [await one.start(), await other.start()];
      await askForPause(sandbox, daemons[0]!, "3600");
      for (const daemon of daemons) await assertPaused(daemon);
      const asked = sandbox.requests.count;
      await one.killFor(0);
      await assertPaused(one.daemon!);
      await pause(3_000);
      assertEquals(sandbox.requests.count, asked);
    }),
  LONG_TEST_HUNG,
);
