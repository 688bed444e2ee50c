/**
 * What `getNumberOrder` costs on an unchanged answer, against a bare fetch of
 * the same URLs with the same headers.
 *
 * @module
 */

import { cpuUsage } from "node:process";
import { CallFireClient } from "@callfire-orders/client";
import { startAnswerServer } from "./start_answer_server.ts";
import { describeMachine, median, spread } from "./statistics.ts";

/**
 * So many that each comes round less than once a second, as the pace asks, but
 * no more than the client keeps the last answers of.
 */
const ORDERS = 20_000;

/** Rounds of each of the two, in turn. */
const ROUNDS = 9;

/** What one call cost in one round, in microseconds. */
interface Cost {
  cpu: number;
  wall: number;
}

type Call = (id: string) => Promise<unknown>;

async function runRound(call: Call, inFlight: number): Promise<Cost> {
  let next = 0;
  const cpuBefore = cpuUsage();
  const wallBefore = performance.now();
  await Promise.all(Array.from({ length: inFlight }, async () => {
    while (next < ORDERS) await call(String(1_642_000_000 + next++));
  }));
  const wall = (performance.now() - wallBefore) * 1000;
  const { user, system } = cpuUsage(cpuBefore);
  return { cpu: (user + system) / ORDERS, wall: wall / ORDERS };
}

await using server = await startAnswerServer();
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
const calls = {
  bare: (id: string) =>
    fetch(`${server.url}/number/order/${id}`, { headers })
      .then((response) => response.text()),
  client: (id: string) => callfire.getNumberOrder(id),
};
type Rounds = Record<keyof typeof calls, Cost[]>;

/** Rounds of each in turn: A B A B …. */
async function compare(inFlight: number): Promise<Rounds> {
  const rounds: Rounds = { bare: [], client: [] };
  for (let round = 0; round <= ROUNDS; round++) {
    for (const name of Object.keys(calls) as (keyof typeof calls)[]) {
      const cost = await runRound(calls[name], inFlight);
      // The first round is for the compiler and the first parse.
      if (round > 0) rounds[name].push(cost);
    }
  }
  return rounds;
}

console.log(
  `getNumberOrder of an unchanged answer, against a bare fetch and text()
${describeMachine()}; ${ROUNDS} rounds of ${ORDERS} calls of each, in turn

in flight  measure  call            µs a call  × bare (spread)`,
);
const results: Record<number, Rounds> = {};
for (const inFlight of [1, 64]) {
  const rounds = results[inFlight] = await compare(inFlight);
  for (const measure of ["cpu", "wall"] as const) {
    for (
      const [name, label] of [
        ["bare", "bare fetch"],
        ["client", "getNumberOrder"],
      ] as const
    ) {
      const costs = rounds[name].map((cost) => cost[measure]);
      const ratios = costs.map((cost, round) =>
        cost / rounds.bare[round]![measure]
      );
      console.log(
        [
          String(inFlight).padEnd(9),
          measure.padEnd(7),
          label.padEnd(14),
          median(costs).toFixed(1).padStart(8),
          ` ${median(ratios).toFixed(2)} (${spread(ratios, 2)})`,
        ].join("  "),
      );
    }
  }
}

const folder = new URL("./results/", import.meta.url);
await Deno.mkdir(folder, { recursive: true });
const file = new URL("get.json", folder);
await Deno.writeTextFile(file, JSON.stringify(results, null, 2));
console.log("\nAll figures: tests/bench/results/get.json");
