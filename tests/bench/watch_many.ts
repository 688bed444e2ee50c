/**
 * What it takes to begin to watch 100,000 orders over the API, durably, against
 * one transaction of as many rows by node:sqlite.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { type Benchmark, inTurn } from "./benchmark.ts";
import { insertRows } from "./plain_rows.ts";
import { startServer } from "./processes.ts";
import { FIRST_ID, startWatchedDaemon } from "./watched_daemon.ts";

/** As many as one request may hold. */
const BATCH = 10_000;

/** The benchmark. */
export const watchMany: Benchmark = {
  name: "watch",
  about: "POST of 100,000 orders, durable, against plain rows",
  async run({ quick }) {
    const orders = quick ? 2000 : 100_000;
    await using server = await startServer("answer_server.ts", ["PROCESSING"]);
    const times = await inTurn(quick ? 1 : 5, {
      plain: () => insertPlainly(orders),
      post: () => post(server.url, orders),
    });
    return [{
      what: `POST of ${orders} orders, durable`,
      unit: "ms",
      figures: times.post,
      baseline: { what: "one transaction", figures: times.plain },
      aim: { of: "ratio", atMost: 3 },
    }];
  },
};

async function post(callfire: string, orders: number): Promise<number> {
  await using started = await startWatchedDaemon({
    callfire,
    orders: 0,
    rate: 1,
  });
  const { url } = started.daemon;
  const bodies = Array.from(
    { length: Math.ceil(orders / BATCH) },
    (_, batch) =>
      JSON.stringify({
        orders: Array.from(
          { length: Math.min(BATCH, orders - batch * BATCH) },
          (_, at) => ({ id: String(FIRST_ID + batch * BATCH + at) }),
        ),
      }),
  );
  const began = performance.now();
  for (const body of bodies) {
    const response = await fetch(`${url}/v1/orders`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    if (!response.ok) throw new Error(await response.text());
    await response.bytes();
  }
  return performance.now() - began;
}

async function insertPlainly(orders: number): Promise<number> {
  const folder = await Deno.makeTempDir({ prefix: "callfire-orders-" });
  const database = new DatabaseSync(`${folder}/plain.db`);
  try {
    const began = performance.now();
    insertRows(database, orders);
    return performance.now() - began;
  } finally {
    database.close();
    await Deno.remove(folder, { recursive: true });
  }
}
