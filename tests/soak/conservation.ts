/**
 * What must be true at the end of a soak: nothing was lost, nothing was counted
 * twice, and the store, the counters and the events say the same.
 *
 * @module
 */

import {
  allWatches,
  lastSequence,
  readMetric,
} from "../helpers/system/conservation.ts";
import type { DaemonProcess } from "../helpers/system/daemon_process.ts";
import { type EventAudit, standingOf } from "./event_audit.ts";
import { pause } from "../helpers/system/pause.ts";

/** How long the last events may take to be told, in milliseconds. */
const TOLD_WITHIN = 30_000;

/** As many differences are told. */
const TOLD_DIFFERENCES = 5;

/**
 * Checks a daemon that has nothing left to do.
 *
 * @param daemon The daemon: no order is about to settle.
 * @param living The orders that it was told to watch and not to remove.
 * @param audit What its events came to, from the first one on; its reader still
 * reads.
 * @returns What is wrong, a line each.
 */
export async function checkConservation(
  daemon: DaemonProcess,
  living: ReadonlySet<string>,
  audit: EventAudit,
): Promise<string[]> {
  const last = await lastSequence(daemon);
  const latest = performance.now() + TOLD_WITHIN;
  while (audit.last < last && performance.now() < latest) await pause(50);

  const watches = await allWatches(daemon);
  const stored = new Map(watches.map((one) => [one.id, standingOf(one)]));
  const counted = new Map<string, number>();
  for (
    const [labels, count] of await readMetric(
      daemon,
      "callfire_orders_settled_total",
    )
  ) {
    if (count > 0) counted.set(/"(.*)"/.exec(labels)![1]!, count);
  }
  const { orders } = await daemon.json<{
    orders: {
      watching: number;
      settled: number;
      byOutcome: Record<string, number>;
    };
  }>("GET", "/v1/summary");
  const summary = new Map(
    Object.entries(orders.byOutcome).filter(([, count]) => count > 0),
  );
  summary.set("all", orders.watching + orders.settled);
  const byOutcome = new Map([["all", stored.size]]);
  for (const outcome of stored.values()) {
    byOutcome.set(outcome, (byOutcome.get(outcome) ?? 0) + 1);
  }
  return [
    ...audit.last === last
      ? []
      : [`the events were told up to ${audit.last}, and there are ${last}`],
    ...differences(
      "watched and not removed",
      new Map([...living].map((id) => [id, "known"])),
      new Map([...stored.keys()].map((id) => [id, "known"])),
    ),
    ...differences("order, as told by events", audit.standing, stored),
    ...differences("settled, as told by events", audit.ends, counted),
    ...differences("orders of the summary", summary, byOutcome),
  ];
}

/**
 * Lists what two maps do not agree about.
 *
 * @param what What they are about.
 * @param expected What should be.
 * @param actual What the daemon says.
 */
export function differences<T>(
  what: string,
  expected: ReadonlyMap<string, T>,
  actual: ReadonlyMap<string, T>,
): string[] {
  const keys = new Set([...expected.keys(), ...actual.keys()]);
  const lines = [...keys]
    .filter((key) => expected.get(key) !== actual.get(key))
    .map((key) =>
      `${what}: ${key}: ${expected.get(key) ?? "nothing"}, but the daemon ` +
      `says ${actual.get(key) ?? "nothing"}`
    );
  const more = lines.length - TOLD_DIFFERENCES;
  return more > 0
    ? [...lines.slice(0, TOLD_DIFFERENCES), `${what}: ${more} more differ`]
    : lines;
}
