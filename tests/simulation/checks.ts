/**
 * What must be so after every step, every now and then, and in the end.
 *
 * @module
 */

import {
  OVERDUE_AFTER_MS,
  SETTLED_OUTCOMES,
  type WatchedOrder,
} from "../../daemon/polling/watched_order.ts";
import { parseSamples } from "../helpers/daemon/metrics_testing.ts";
import type { Process } from "./process.ts";
import { isSameWatch } from "./same_watch.ts";
import type { World } from "./world.ts";

/**
 * What must be so after every step.
 *
 * @param world The simulation.
 */
export function checkStep({ broken, daemons, ledger }: World): void {
  const [process] = daemons.callable;
  if (!process) return;
  const { census, inFlight } = process.core.tracker;
  if (census.size !== ledger.watching) {
    broken(`${census.size} orders are watched, not ${ledger.watching}`);
  }
  if (process.questionsOut > inFlight) {
    broken(`${process.questionsOut} questions are out, not ${inFlight}`);
  }
}

/**
 * What must be so at any moment, and takes longer to look at.
 *
 * @param world The simulation.
 */
export async function checkNow(world: World): Promise<void> {
  const { broken, callfire, daemons, disk, ledger } = world;
  const [process] = daemons.callable;
  if (!process) return;
  callfire.promises.checkSilence(process);
  const { store, core: { tracker } } = process;
  const settled: Record<string, number> = {};
  for (const { watch } of ledger.watches.values()) {
    if (watch.outcome) {
      settled[watch.outcome] = (settled[watch.outcome] ?? 0) + 1;
      if (tracker.find(watch.id)) broken(`${watch.id} is settled and watched`);
    } else if (!isSameWatch(watch, tracker.find(watch.id))) {
      broken(
        `order ${watch.id} is watched as ${JSON.stringify(watch)}, not as ` +
          JSON.stringify(tracker.find(watch.id)),
      );
    }
  }
  const counts = await disk.checked(() => store.counts());
  const isSame = counts.watching === ledger.watching &&
    isSameCount(counts.settled, settled);
  if (!isSame) {
    broken(
      `the store counts ${JSON.stringify(counts)}, not ${
        JSON.stringify({ watching: ledger.watching, settled })
      }`,
    );
  }
}

/**
 * That the metrics say what the store says.
 *
 * @param world The simulation.
 */
export async function checkMetrics(
  { broken, daemons, disk }: World,
): Promise<void> {
  const [process] = daemons.callable;
  if (!process) return;
  const [watching, text] = await Promise.all([
    disk.checked(() => process.store.loadWatching()),
    process.core.metrics.render(),
  ]);
  const samples = parseSamples(text);
  const check = (name: string, value: number) => {
    const shown = samples.get(name);
    if (shown !== value) broken(`${name} is ${shown}, not ${value}`);
  };
  for (const outcome of SETTLED_OUTCOMES) {
    const count = process.settled.get(outcome) ?? 0;
    check(`callfire_orders_settled_total{outcome="${outcome}"}`, count);
  }
  const { tracker } = process.core;
  const overdue = watching.filter((watch) =>
    tracker.watchedFor(watch) > OVERDUE_AFTER_MS
  );
  check("callfire_orders_overdue", overdue.length);
  const statuses = Map.groupBy(watching, statusOf);
  for (const [name, value] of samples) {
    const [, status] = /^callfire_orders_watching{status="(.*)"}/.exec(name) ??
      [];
    if (!status || status === "other") continue;
    const count = statuses.get(status)?.length ?? 0;
    if (value !== count) broken(`${name} is ${value}, not ${count}`);
  }
}

/**
 * That all of the store is as the events tell of it.
 *
 * @param world The simulation.
 * @param process A process with that store.
 */
export async function checkStore(
  { broken, ledger }: World,
  { store }: Process,
): Promise<void> {
  const stored = await store.list({ limit: 1_000_000 });
  if (stored.length !== ledger.watches.size) {
    broken(`${stored.length} watches are stored, not ${ledger.watches.size}`);
  }
  for (const watch of stored) {
    const known = ledger.watches.get(watch.id)?.watch;
    if (isSameWatch(known, watch)) continue;
    broken(
      `order ${watch.id} is stored as ${JSON.stringify(watch)}, not as ${
        JSON.stringify(known)
      }`,
    );
  }
  await ledger.compareAll(store);
}

function statusOf({ order }: WatchedOrder): string {
  return order?.status ?? "unknown";
}

function isSameCount(
  one: Record<string, number>,
  other: Record<string, number>,
): boolean {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every((name) => one[name] === other[name]);
}
