import { assert, assertEquals } from "@std/assert";
import { checkAll, clusterTest } from "../helpers/system/cluster_testing.ts";
import { pause } from "../helpers/system/pause.ts";
import { areShared } from "../helpers/system/several_daemons.ts";

clusterTest("three daemons share the orders, and add up", async (setup) => {
  const { any, ledger, members, sandbox, underLoad } = setup;
  const waiting = Array.from(
    { length: 60 },
    () =>
      sandbox.orders.place({ script: [{ after: 0, status: "PROCESSING" }] }),
  );
  await underLoad(async () => {
    for (const id of waiting) {
      assert(await ledger.watch(members[0]!.daemon!, id));
    }
    const daemons = members.map(({ daemon }) => daemon!);
    while (!await areShared(daemons, waiting.length)) await pause(100);
    // Any of them answers for any order.
    for (const { daemon } of members) {
      const path = `/v1/orders/${waiting[0]}`;
      assertEquals(
        (await daemon!.json<{ id: string }>("GET", path)).id,
        waiting[0],
      );
    }
  });
  for (const id of waiting) sandbox.orders.set(id, { status: "VOID" });
  // Who waits at one daemon is told what another one has found out.
  for (const id of waiting) {
    const { outcome } = await any().json<{ outcome: string }>(
      "GET",
      `/v1/orders/${id}?wait=55`,
    );
    assertEquals(outcome, "void");
  }
  await checkAll(setup, true);
});
