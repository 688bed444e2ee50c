import { assertEquals } from "@std/assert";
import { parseSamples } from "../helpers/daemon/metrics_testing.ts";
import { clusterTest } from "../helpers/system/cluster_testing.ts";
import { pause } from "../helpers/system/pause.ts";
import { delivererOf, type Member } from "../helpers/system/several_daemons.ts";

/** Whether a daemon holds a lease, and whether it delivers: 1 or 0. */
async function standing({ daemon }: Member): Promise<string> {
  const text = await (await daemon!.fetch("/metrics")).text();
  const samples = parseSamples(text);
  const [held, delivers] = ["lease_held", "webhook_deliverer"]
    .map((name) => samples.get(`callfire_${name}`));
  return `${held} ${delivers}`;
}

clusterTest(
  "each daemon tells whether it holds a lease, and whether it delivers",
  async ({ members }) => {
    const deliverer = await delivererOf(members);
    const others = members.filter((member) => member !== deliverer);
    assertEquals(await standing(deliverer), "1 1");
    for (const other of others) assertEquals(await standing(other), "1 0");
    deliverer.network.refuse();
    while (await standing(deliverer) !== "0 0") await pause(50);
    const next = await delivererOf(others);
    assertEquals(await standing(next), "1 1");
    deliverer.network.heal();
    while (await standing(deliverer) !== "1 0") await pause(50);
    for (const { daemon } of members) assertEquals(await daemon!.stop(), 0);
  },
);
