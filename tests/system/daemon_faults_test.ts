import { assert, assertEquals, assertGreaterOrEqual } from "@std/assert";
import { MINIMUM_INTERVAL } from "../../mod.ts";
import type { Fault } from "../sandbox/faults.ts";
import { type Sandbox, startSandbox } from "../sandbox/sandbox.ts";
import { checkConservation, Ledger, readMetric } from "./conservation.ts";
import { DaemonProcess, withFolder } from "./daemon_process.ts";
import { EventReader } from "./event_reader.ts";

/** As many answers as a fault can spoil: it goes on until it is cleared. */
const ALWAYS = 1_000_000;

interface Summary {
  ready: boolean;
  upstream: { state: string };
}

interface Setup {
  sandbox: Sandbox;
  daemon: DaemonProcess;
  ledger: Ledger;
}

/** Runs a test with a daemon that asks a CallFire of its own. */
function faultTest(
  name: string,
  run: (setup: Setup) => Promise<void>,
  args: string[] = [],
): void {
  Deno.test({
    name,
    sanitizeOps: true,
    sanitizeResources: true,
    fn: () =>
      withFolder(async (folder) => {
        await using sandbox = await startSandbox();
        await using daemon = await DaemonProcess.start({
          sandbox,
          folder,
          args,
        });
        const ledger = new Ledger();
        const reader = new EventReader();
        const enough = new AbortController();
        const following = reader.follow(daemon, enough.signal);
        try {
          await run({ sandbox, daemon, ledger });
        } finally {
          enough.abort();
          await following;
        }
        await checkConservation(daemon, ledger, reader);
        assertGreaterOrEqual(sandbox.requests.smallestGap(), MINIMUM_INTERVAL);
        assertEquals(await daemon.stop(), 0, daemon.output);
      }),
  });
}

/** Waits until something that the daemon tells is so. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!await isSo()) await new Promise((go) => setTimeout(go, 100));
}

function upstreamIs(daemon: DaemonProcess, state: string): Promise<void> {
  return until(async () =>
    (await daemon.json<Summary>("GET", "/v1/summary")).upstream.state === state
  );
}

/** The one value of a metric that has no label. */
async function gauge(daemon: DaemonProcess, name: string): Promise<number> {
  return (await readMetric(daemon, name)).get("") ?? NaN;
}

/** Places orders that end by themselves, and lets the daemon watch them. */
async function watchSome(
  { daemon, ledger, sandbox }: Setup,
  count: number,
): Promise<string[]> {
  const ids = Array.from(
    { length: count },
    () => sandbox.orders.place({ localNumbers: { ordered: 1 } }),
  );
  for (const id of ids) assert(await ledger.watch(daemon, id));
  return ids;
}

async function settled(daemon: DaemonProcess, id: string): Promise<{
  outcome: string | null;
  state: string;
  settledAt: string;
  watchedAt: string;
}> {
  for (;;) {
    const watch = await daemon
      .json<Awaited<ReturnType<typeof settled>>>(
        "GET",
        `/v1/orders/${id}?wait=60`,
      );
    if (watch.state === "settled") return watch;
  }
}

for (const status of [401, 403]) {
  faultTest(
    `${status} stops all polling but a probe, until the credentials are good`,
    async (setup) => {
      const { daemon, sandbox } = setup;
      sandbox.faults.add({ kind: "status", status, count: ALWAYS });
      const ids = await watchSome(setup, 5);
      await upstreamIs(daemon, "refused");
      const ready = await daemon.fetch("/-/ready");
      assertEquals(ready.status, 503);
      const { code, detail } = await ready.json();
      assertEquals(code, "not_ready");
      assert(detail.includes("CALLFIRE_PASSWORD"), detail);
      assertEquals(await gauge(daemon, "callfire_credentials_valid"), 0);
      assertEquals(await gauge(daemon, "callfire_upstream_up"), 1);
      const before = sandbox.requests.count;
      await new Promise((go) => setTimeout(go, 5_000));
      assert(sandbox.requests.count - before <= 1, "it hammers");
      sandbox.faults.clear();
      for (const id of ids) {
        assertEquals((await settled(daemon, id)).outcome, "fulfilled");
      }
      assertEquals(await gauge(daemon, "callfire_credentials_valid"), 1);
      const readyAgain = await daemon.fetch("/-/ready");
      await readyAgain.body?.cancel();
      assertEquals(readyAgain.status, 200);
    },
  );
}

const OUTAGES: [string, Fault, string][] = [
  [
    "5xx",
    { kind: "status", status: 503, count: ALWAYS },
    "server_error",
  ],
  ["no connection", { kind: "reset", count: ALWAYS }, "network"],
  ["garbage", { kind: "body", body: "<html>", count: ALWAYS }, "malformed"],
];

for (const [name, fault, result] of OUTAGES) {
  faultTest(`${name} from everywhere leaves one probe at a time`, async (
    setup,
  ) => {
    const { daemon, sandbox } = setup;
    sandbox.faults.add(fault);
    const ids = await watchSome(setup, 20);
    await upstreamIs(daemon, "failing");
    assertEquals(await gauge(daemon, "callfire_upstream_up"), 0);
    const before = sandbox.requests.count;
    await new Promise((go) => setTimeout(go, 3_000));
    // By themselves, twenty orders would have been asked for sixty times.
    assert(sandbox.requests.count - before <= 6, "each asks by itself");
    sandbox.faults.clear();
    for (const id of ids) {
      assertEquals((await settled(daemon, id)).outcome, "fulfilled");
    }
    assertEquals(await gauge(daemon, "callfire_upstream_up"), 1);
    const polls = await readMetric(daemon, "callfire_polls_total");
    assert((polls.get(`result="${result}"`) ?? 0) >= 5);
  });
}

faultTest("429 slows all orders down, and Retry-After is obeyed", async (
  setup,
) => {
  const { daemon, ledger, sandbox } = setup;
  sandbox.faults.add({ kind: "status", status: 429, retryAfter: "3" });
  const limited = sandbox.orders.place({ localNumbers: { ordered: 1 } });
  await ledger.watch(daemon, limited);
  await until(async () =>
    (await readMetric(daemon, "callfire_polls_total"))
      .get('result="rate_limited"') === 1
  );
  // Others are held back too, and not only the one that was told.
  const ids = [limited, ...await watchSome(setup, 3)];
  for (const id of ids) {
    assertEquals((await settled(daemon, id)).outcome, "fulfilled");
  }
  const [first, second] = sandbox.requests.entries();
  assertEquals(first?.status, 429);
  assertGreaterOrEqual(second!.arrivedAt - first!.answeredAt!, 3_000);
});

faultTest("404 is believed once it has stood for 20 seconds", async (setup) => {
  const { daemon, ledger, sandbox } = setup;
  const late = sandbox.orders.place({
    localNumbers: { ordered: 1 },
    visibleAfter: 5_000,
    script: [{
      after: 6_000,
      status: "FINISHED",
      fulfilled: { localNumbers: ["12135550142"] },
    }],
  });
  const never = "404";
  await ledger.watch(daemon, late);
  await ledger.watch(daemon, never);
  assertEquals((await settled(daemon, late)).outcome, "fulfilled");
  const { outcome, settledAt, watchedAt } = await settled(daemon, never);
  assertEquals(outcome, "not_found");
  assertGreaterOrEqual(Date.parse(settledAt) - Date.parse(watchedAt), 20_000);
});

faultTest(
  "an order that does not end is given up after --expire-after",
  async ({ daemon, ledger, sandbox }) => {
    const script = [{ after: 0, status: "PROCESSING" }];
    const id = sandbox.orders.place({ script });
    await ledger.watch(daemon, id);
    const { outcome, settledAt, watchedAt } = await settled(daemon, id);
    assertEquals(outcome, "expired");
    assertGreaterOrEqual(Date.parse(settledAt) - Date.parse(watchedAt), 3_000);
    // Watched again it stays as it is; forgotten and watched it begins anew.
    const again = await daemon.fetch(`/v1/orders/${id}`, { method: "PUT" });
    assertEquals(again.status, 200);
    assertEquals((await again.json()).outcome, "expired");
    await ledger.remove(daemon, id);
    await ledger.watch(daemon, id);
    sandbox.orders.set(id, { status: "VOID" });
    assertEquals((await settled(daemon, id)).outcome, "void");
  },
  ["--expire-after=3s"],
);

faultTest("an answer that never comes is given up, and asked for again", async (
  setup,
) => {
  const { daemon, sandbox } = setup;
  sandbox.faults.add({ kind: "hang" });
  const [id] = await watchSome(setup, 1);
  assertEquals((await settled(daemon, id!)).outcome, "fulfilled");
  const polls = await readMetric(daemon, "callfire_polls_total");
  assertEquals(polls.get('result="timeout"'), 1);
});
