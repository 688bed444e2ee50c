/**
 * What the SQLite store costs, against plain inserts by node:sqlite of the same
 * orders in one transaction. To run it:
 *
 * ```sh
 * deno run --allow-read --allow-write --allow-sys=cpus tests/bench/store.ts
 * ```
 *
 * @module
 */

import { cpuUsage } from "node:process";
import { DatabaseSync } from "node:sqlite";
import { systemClock } from "@callfire-orders/client";
import { openSqliteStore } from "../../daemon/store/sqlite/sqlite_store.ts";
import type { Store } from "../../daemon/store/store.ts";
import type {
  Transition,
  WatchedOrder,
} from "../../daemon/polling/watched_order.ts";
import { begun, changed, settled } from "../helpers/store/transitions.ts";
import { insertRows } from "./plain_rows.ts";
import { describeMachine, median, spread } from "./statistics.ts";

/** As many orders as one daemon is to watch. */
const ORDERS = 100_000;

/** As many as are begun by one call at the most. */
const BATCH = 10_000;

/** Rounds of each of the two, in turn. */
const ROUNDS = 5;

/** How many writes are done one after the other. */
const SINGLES = 1000;

/** What something cost, in milliseconds. */
interface Cost {
  cpu: number;
  wall: number;
}

const ids = Array.from(
  { length: ORDERS },
  (_, at) => String(1_642_251_003 + at * 7),
);

async function measure(work: () => unknown): Promise<Cost> {
  const cpuBefore = cpuUsage();
  const wallBefore = performance.now();
  await work();
  const wall = performance.now() - wallBefore;
  const { user, system } = cpuUsage(cpuBefore);
  return { cpu: (user + system) / 1000, wall };
}

async function watchAll(store: Store): Promise<void> {
  for (let at = 0; at < ORDERS; at += BATCH) {
    await store.watch(ids.slice(at, at + BATCH).map((id) => begun(id)));
  }
}

async function updateAll(
  store: Store,
  read: (watch: WatchedOrder) => Transition,
): Promise<void> {
  const watches = await store.loadWatching();
  for (let at = 0; at < ORDERS; at += 1000) {
    const some = watches.slice(at, at + 1000);
    await Promise.all(some.map((watch) => store.update(read(watch))));
  }
}

function print(what: string, figure: string): void {
  console.log(`${what.padEnd(58)} ${figure}`);
}

const folder = await Deno.makeTempDir({ dir: "." });
try {
  console.log(`The SQLite store with ${ORDERS} orders\n${describeMachine()}\n`);
  const costs: { plain: Cost; store: Cost }[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const database = new DatabaseSync(`${folder}/plain${round}.db`);
    const plain = await measure(() => insertRows(database, ORDERS));
    database.close();
    const store = openSqliteStore(`${folder}/${round}.db`, systemClock);
    const ours = await measure(() => watchAll(store));
    await store.close();
    // The first round is for the compiler.
    if (round > 0) costs.push({ plain, store: ours });
  }
  for (const what of ["cpu", "wall"] as const) {
    const ratios = costs.map(({ plain, store }) => store[what] / plain[what]);
    const milliseconds = median(costs.map(({ store }) => store[what]));
    print(
      `begin to watch by ${BATCH}, ${what}`,
      `${milliseconds.toFixed(0)} ms, ` +
        `${median(ratios).toFixed(2)} × plain (${spread(ratios, 2)})`,
    );
  }

  const path = `${folder}/0.db`;
  const size = async () =>
    `${((await Deno.stat(path)).size / ORDERS).toFixed(0)} bytes an order`;
  print("size, none read yet", await size());
  let store = openSqliteStore(path, systemClock);
  await updateAll(store, changed);
  const loaded = await measure(() => store.loadWatching());
  print("load all, each read once", `${loaded.wall.toFixed(0)} ms`);
  const counted = await measure(() => store.counts());
  print("count", `${counted.wall.toFixed(1)} ms`);
  const listed = await measure(() => store.list({ limit: 100 }));
  print("list 100", `${listed.wall.toFixed(1)} ms`);
  await store.close();
  print("size, each read once", await size());

  const opened = await measure(() => {
    store = openSqliteStore(path, systemClock);
  });
  print("open, the check of the file included", `${opened.wall.toFixed(0)} ms`);
  await updateAll(store, settled);
  const singles = await measure(async () => {
    for (let at = 0; at < SINGLES; at++) {
      await store.watch([begun(String(at + 1))]);
    }
  });
  print(
    "begin to watch one, durable",
    `${(singles.wall / SINGLES * 1000).toFixed(0)} µs`,
  );
  await store.close();
  print("size, all settled", await size());
} finally {
  await Deno.remove(folder, { recursive: true });
}
