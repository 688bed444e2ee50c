import { assert, assertEquals, assertGreaterOrEqual } from "@std/assert";
import { readMetric } from "../helpers/system/conservation.ts";
import {
  faultTest,
  settled,
  type Summary,
  until,
  watchSome,
} from "../helpers/system/fault_testing.ts";

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

faultTest("429 cuts the rate, which comes back step by step", async (setup) => {
  const { daemon, ledger, sandbox } = setup;
  const limit = async () =>
    (await daemon.json<Summary>("GET", "/v1/summary"))
      .upstream.requestsPerSecondLimit ?? NaN;
  assertEquals(await limit(), 10);
  const script = [{ after: 0, status: "PROCESSING" }];
  const id = sandbox.orders.place({ script });
  sandbox.faults.add({ kind: "status", status: 429 });
  assert(await ledger.watch(daemon, id));
  await until(async () => await limit() < 10);
  // Of the one question that was asked in that second, half.
  const seen = [await limit()];
  assertEquals(seen, [0.5]);
  await until(async () => {
    const now = await limit();
    if (now !== seen.at(-1)) seen.push(now);
    return now >= 2;
  });
  assertEquals(seen, [0.5, 1, 2]);
  sandbox.orders.set(id, { status: "VOID" });
  assertEquals((await settled(daemon, id)).outcome, "void");
});
