import { assert, assertEquals, assertGreaterOrEqual } from "@std/assert";
import type { Fault } from "../sandbox/faults.ts";
import { startSandbox } from "../sandbox/sandbox.ts";
import { readMetric } from "../helpers/system/conservation.ts";
import {
  faultTest,
  gauge,
  settled,
  upstreamIs,
  watchSome,
} from "../helpers/system/fault_testing.ts";

/** As many answers as a fault can spoil: it goes on until it is cleared. */
const ALWAYS = 1_000_000;

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

faultTest("a CallFire that is not there is found when it is back", async (
  setup,
) => {
  const { daemon, sandbox } = setup;
  const [id] = await watchSome(setup, 1);
  sandbox.orders.set(id!, { status: "PROCESSING" });
  await sandbox.close();
  await upstreamIs(daemon, "failing");
  const refused = await daemon
    .json<{ lastError: { code: string } }>("GET", `/v1/orders/${id}`);
  assertEquals(refused.lastError.code, "network");
  assertEquals(await gauge(daemon, "callfire_upstream_up"), 0);
  // One that answers in its place, and knows the same order by its end.
  await using back = await startSandbox({
    port: Number(new URL(sandbox.url).port),
  });
  back.orders.place({ id: id!, script: [{ after: 0, status: "VOID" }] });
  assertEquals((await settled(daemon, id!)).outcome, "void");
  assertEquals(await gauge(daemon, "callfire_upstream_up"), 1);
});
