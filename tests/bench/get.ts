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

/** So many that each comes round less than once a second, as the pace asks. */
const ORDERS = 30_000;

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

/** Rounds of the baseline and of the client, in turn: A B A B …. */
async function compare(bare: Call, client: Call, inFlight: number) {
  // The first round of each is for the compiler and the first parse.
  await runRound(bare, inFlight);
  await runRound(client, inFlight);
  const rounds: { bare: Cost; client: Cost }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    rounds.push({
      bare: await runRound(bare, inFlight),
      client: await runRound(client, inFlight),
    });
  }
  return rounds;
}

const credentials = { login: "bench", password: "bench" };
const headers = {
  "Accept": "application/xml",
  "Authorization": `Basic ${btoa("bench:bench")}`,
  "Content-Type": "application/xml",
};

await using server = await startAnswerServer();
const callfire = new CallFireClient({ ...credentials, baseUrl: server.url });
const results = [];
for (const inFlight of [1, 64]) {
  const rounds = await compare(
    (id) =>
      fetch(`${server.url}/number/order/${id}`, { headers })
        .then((response) => response.text()),
    (id) => callfire.getNumberOrder(id),
    inFlight,
  );
  results.push({ inFlight, rounds });
}

console.log(`getNumberOrder, unchanged answer, against a bare fetch and text()
${describeMachine()}; ${ROUNDS} rounds of ${ORDERS} calls of each, in turn
`);
for (const { inFlight, rounds } of results) {
  for (const measure of ["cpu", "wall"] as const) {
    const bare = rounds.map((round) => round.bare[measure]);
    const client = rounds.map((round) => round.client[measure]);
    const ratios = rounds.map((round) =>
      round.client[measure] / round.bare[measure]
    );
    const aim = measure === "cpu" ? ", aim at most 1.25" : "";
    console.log(
      `${String(inFlight).padStart(2)} in flight, ${measure.padEnd(4)} ` +
        `bare ${median(bare).toFixed(1)} µs, ` +
        `client ${median(client).toFixed(1)} µs, ` +
        `ratio ${median(ratios).toFixed(2)} (${spread(ratios, 2)})${aim}`,
    );
  }
}
const folder = new URL("./results/", import.meta.url);
await Deno.mkdir(folder, { recursive: true });
const file = new URL("get.json", folder);
await Deno.writeTextFile(file, JSON.stringify(results, null, 2));
console.log("\nAll figures: tests/bench/results/get.json");
