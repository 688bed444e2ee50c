/**
 * What `getNumberOrder` costs on an unchanged answer, against a bare fetch of
 * the same URLs with the same headers.
 *
 * @module
 */

import { cpuUsage } from "node:process";
import { CallFireClient } from "@callfire-orders/client";
import { type Benchmark, inTurn, type Measurement } from "./benchmark.ts";
import { startServer } from "./processes.ts";

/**
 * So many that each comes round less than once a second, as the pace asks, but
 * no more than the client keeps the last answers of.
 */
const ORDERS = 20_000;

/** What one call cost in one round, in microseconds. */
interface Cost {
  cpu: number;
  wall: number;
}

type Call = (id: string) => Promise<unknown>;

/** The benchmark. */
export const getNumberOrder: Benchmark = {
  name: "get",
  about: "getNumberOrder of an unchanged answer",
  async run({ quick }) {
    const orders = quick ? 200 : ORDERS;
    await using server = await startServer("answer_server.ts");
    const callfire = new CallFireClient({
      login: "bench",
      password: "bench",
      baseUrl: server.url,
    });
    const headers = {
      "Accept": "application/xml",
      "Authorization": `Basic ${btoa("bench:bench")}`,
      "Content-Type": "application/xml",
    };
    const bare: Call = (id) =>
      fetch(`${server.url}/number/order/${id}`, { headers })
        .then((response) => response.text());
    const client: Call = (id) => callfire.getNumberOrder(id);
    const measurements: Measurement[] = [];
    for (const inFlight of [64, 1]) {
      const costs = await inTurn(quick ? 1 : 9, {
        bare: () => ask(bare, orders, inFlight),
        client: () => ask(client, orders, inFlight),
      });
      for (const measure of ["cpu", "wall"] as const) {
        measurements.push({
          what: `${measure === "cpu" ? "CPU" : "time"} of getNumberOrder, ` +
            `${inFlight} in flight`,
          unit: "µs",
          figures: costs.client.map((cost) => cost[measure]),
          baseline: {
            what: "bare fetch",
            figures: costs.bare.map((cost) => cost[measure]),
          },
          ...measure === "cpu" && { aim: { of: "ratio", atMost: 1.25 } },
        });
      }
    }
    return measurements;
  },
};

async function ask(
  call: Call,
  orders: number,
  inFlight: number,
): Promise<Cost> {
  let next = 0;
  const cpuBefore = cpuUsage();
  const wallBefore = performance.now();
  await Promise.all(Array.from({ length: inFlight }, async () => {
    while (next < orders) await call(String(1_642_000_000 + next++));
  }));
  const wall = (performance.now() - wallBefore) * 1000;
  const { user, system } = cpuUsage(cpuBefore);
  return { cpu: (user + system) / orders, wall: wall / orders };
}
