/**
 * What must be true of a daemon whatever happened to it: nothing that it took
 * on is lost, nothing is counted twice, everything is told once.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { DaemonProcess } from "./daemon_process.ts";
import type { EventReader } from "./event_reader.ts";

/** A watched order, as far as it is looked at. */
export interface WatchView {
  /** The order's id. */
  id: string;
  /** `watching` or `settled`. */
  state: string;
  /** How it ended; `null` while it is watched. */
  outcome: string | null;
  /** How often it was asked about. */
  polls: number;
}

/** Who was given to the daemon, as its answers said. */
export class Ledger {
  /** The orders whose watch was acknowledged. */
  readonly watched = new Set<string>();
  /** Those of them whose removal was acknowledged. */
  readonly removed = new Set<string>();

  /**
   * Lets a daemon watch an order; notes it once that is acknowledged.
   *
   * @returns Whether it was.
   */
  async watch(daemon: DaemonProcess, id: string): Promise<boolean> {
    return await this.#note(daemon, "PUT", id, this.watched);
  }

  /** Lets a daemon forget an order. */
  async remove(daemon: DaemonProcess, id: string): Promise<boolean> {
    return await this.#note(daemon, "DELETE", id, this.removed);
  }

  async #note(
    daemon: DaemonProcess,
    method: string,
    id: string,
    noted: Set<string>,
  ): Promise<boolean> {
    try {
      const response = await daemon.fetch(`/v1/orders/${id}`, { method });
      await response.body?.cancel();
      if (response.ok) noted.add(id);
      return response.ok;
    } catch {
      // The daemon was killed: whether it was stored is not known.
      return false;
    }
  }
}

/** Every order that a daemon knows, page by page. */
export async function allWatches(daemon: DaemonProcess): Promise<WatchView[]> {
  const items: WatchView[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const page: { items: WatchView[]; nextCursor: string | null } = await daemon
      .json("GET", `/v1/orders?limit=7${cursor && `&cursor=${cursor}`}`);
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  return items;
}

/** The values of a metric, by its labels as they are written. */
export async function readMetric(
  daemon: DaemonProcess,
  name: string,
): Promise<Map<string, number>> {
  const text = await (await daemon.fetch("/metrics")).text();
  const lines = text.matchAll(
    new RegExp(`^${name}(?:\\{(.*)\\})? (\\S+)$`, "gm"),
  );
  return new Map(
    Array.from(lines, ([, labels = "", value]) => [labels, Number(value)]),
  );
}

/**
 * Checks that watches acknowledged = watched + settled + removed, that the
 * counters of this process say what its events said, and that a reader was
 * told of each end exactly once.
 *
 * @param daemon The daemon, with nothing under way at its API.
 * @param ledger Who was given to it.
 * @param reader Who followed its events, from the first one on.
 */
export async function checkConservation(
  daemon: DaemonProcess,
  ledger: Ledger,
  reader: EventReader,
): Promise<void> {
  const watches = await allWatches(daemon);
  const known = watches.map(({ id }) => id);
  const missing = [...ledger.watched].filter((id) =>
    !known.includes(id) && !ledger.removed.has(id)
  );
  assertEquals(missing, [], "watches that were acknowledged are lost");
  const ghosts = known.filter((id) => ledger.removed.has(id));
  assertEquals(ghosts, [], "orders that were removed are back");

  const settled = watches.filter(({ state }) => state === "settled");
  await reader.read(
    daemon,
    () => settled.every(({ id, outcome }) => reader.isSettled(id, outcome)),
  );
  assertEquals(reader.settledTwice, [], "an end was told twice");
  const sequences = reader.events.map(({ sequence }) => sequence);
  assertEquals(
    sequences,
    [...new Set(sequences)].sort((one, other) => one - other),
    "events were told out of order or twice",
  );

  const { orders, startedAt } = await daemon.json<{
    orders: { watching: number; settled: number };
    startedAt: string;
  }>("GET", "/v1/summary");
  const counted = await readMetric(daemon, "callfire_orders_settled_total");
  const byOutcome = new Map<string, number>();
  for (const { at, type, watch } of reader.events) {
    if (type !== "order.settled" || at < startedAt) continue;
    const labels = `outcome="${watch.outcome}"`;
    byOutcome.set(labels, (byOutcome.get(labels) ?? 0) + 1);
  }
  const nonZero = [...counted].filter(([, count]) => count > 0);
  assertEquals(new Map(nonZero), byOutcome, "the counters say otherwise");

  assertEquals(orders.watching + orders.settled, watches.length);
  const gauge = await readMetric(daemon, "callfire_orders_watching");
  assertEquals(
    [...gauge.values()].reduce((sum, count) => sum + count, 0),
    orders.watching,
  );
}
