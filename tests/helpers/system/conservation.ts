/**
 * What must be true of a daemon whatever happened to it: nothing that it took
 * on is lost, nothing is counted twice, everything is told once.
 *
 * @module
 */

import { assertEquals, AssertionError } from "@std/assert";
import type { DaemonProcess } from "./daemon_process.ts";
import type { EventReader, StreamedEvent } from "./event_reader.ts";

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
  /** The orders whose watch was acknowledged, and not their removal since. */
  readonly watched = new Set<string>();
  /** The orders whose removal was acknowledged, and no watch since. */
  readonly removed = new Set<string>();
  /** Those of which the last request had no answer: it may have been done. */
  readonly unsure = new Set<string>();

  /**
   * Lets a daemon watch an order; notes it once that is acknowledged.
   *
   * @returns Whether it was.
   */
  watch(daemon: DaemonProcess, id: string): Promise<boolean> {
    return this.#note(daemon, "PUT", id, this.watched, this.removed);
  }

  /** Lets a daemon forget an order. */
  remove(daemon: DaemonProcess, id: string): Promise<boolean> {
    return this.#note(daemon, "DELETE", id, this.removed, this.watched);
  }

  async #note(
    daemon: DaemonProcess,
    method: string,
    id: string,
    to: Set<string>,
    from: Set<string>,
  ): Promise<boolean> {
    this.unsure.add(id);
    try {
      const response = await daemon.fetch(`/v1/orders/${id}`, { method });
      await response.body?.cancel();
      // A database that several daemons share may have stored it all the same.
      if (response.status !== 503) this.unsure.delete(id);
      if (!response.ok) return false;
      to.add(id);
      from.delete(id);
      return true;
    } catch (error) {
      // The answer came, and was wrong.
      if (error instanceof AssertionError) throw error;
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
 * counters of this process say what the store says, and that a reader was told
 * of everything exactly once, in order.
 *
 * @param daemon The daemon, with nothing under way at its API, and no order
 * that is about to settle.
 * @param ledger Who was given to it.
 * @param reader Who followed its events, from the first one on.
 */
export async function checkConservation(
  daemon: DaemonProcess,
  ledger: Ledger,
  reader: EventReader,
): Promise<void> {
  await checkTold(daemon, ledger, reader);
  await checkCounters([daemon], reader);
}

/** The events that were found to be as the document describes them. */
const checked = new WeakSet<object>();

/**
 * Checks what a daemon tells of all orders, and told, but for its metrics.
 *
 * @param daemon The daemon, as for all that is checked.
 * @param ledger Who was given to it, or to others that share its store.
 * @param reader Who followed its events, or those of the others.
 */
export async function checkTold(
  daemon: DaemonProcess,
  ledger: Ledger,
  reader: EventReader,
): Promise<void> {
  const watches = await allWatches(daemon);
  const isSure = ({ id }: Pick<WatchView, "id">) => !ledger.unsure.has(id);
  assertEquals(
    watches.filter(isSure).map(({ id }) => id).toSorted(),
    [...ledger.watched].filter((id) => isSure({ id })).toSorted(),
    "acknowledged is not watched + settled + removed",
  );

  const last = await lastSequence(daemon);
  await reader.read(daemon, () => reader.events.length >= last);
  assertEquals(
    reader.events.map(({ sequence }) => sequence),
    Array.from({ length: last }, (_, index) => index + 1),
    "events were missed, or told out of order or twice",
  );
  assertEquals(reader.settledTwice, [], "an end was told twice");
  for (const event of reader.events) {
    if (!checked.has(event)) daemon.checkEvent(event);
    checked.add(event);
  }
  assertEquals(
    toldOf(reader.events),
    new Map(watches.map((watch) => [watch.id, endOf(watch)])),
    "the events add up to something else than the store",
  );

  const { orders } = await summaryOf(daemon);
  const settled = watches.filter(({ state }) => state === "settled");
  assertEquals(
    nonZero(Object.entries(orders.byOutcome)),
    countBy(settled, ({ outcome }) => String(outcome)),
    "the summary says otherwise",
  );
  assertEquals(
    [orders.watching, orders.settled],
    [watches.length - settled.length, settled.length],
  );
}

/**
 * Checks that the metrics of the daemons of a store add up to what was told
 * since the first of them started.
 *
 * @param daemons All of them, as for all that is checked.
 * @param reader Who followed the events.
 */
export async function checkCounters(
  daemons: readonly DaemonProcess[],
  reader: EventReader,
): Promise<void> {
  const summaries = await Promise.all(daemons.map(summaryOf));
  const [startedAt] = summaries.map((summary) => summary.startedAt).toSorted();
  // Those that were removed since are no longer in the store.
  const ends = reader.events.filter(({ at, type }) =>
    type === "order.settled" && at >= startedAt!
  );
  const settled = new Map<string, number>();
  let watching = 0;
  for (const daemon of daemons) {
    const name = "callfire_orders_settled_total";
    for (const [labels, count] of await readMetric(daemon, name)) {
      settled.set(labels, (settled.get(labels) ?? 0) + count);
    }
    watching += await watchingOf(daemon);
  }
  assertEquals(
    nonZero(settled),
    countBy(ends, ({ watch }) => `outcome="${watch.outcome}"`),
    "the counters say otherwise",
  );
  assertEquals(watching, summaries[0]!.orders.watching);
}

/** How many orders a daemon asks about. */
export async function watchingOf(daemon: DaemonProcess): Promise<number> {
  const gauge = await readMetric(daemon, "callfire_orders_watching");
  return [...gauge.values()].reduce((sum, count) => sum + count, 0);
}

function summaryOf(daemon: DaemonProcess) {
  return daemon.json<{
    orders: {
      watching: number;
      settled: number;
      byOutcome: Record<string, number>;
    };
    startedAt: string;
  }>("GET", "/v1/summary");
}

/** The sequence of the last event, which a new reader is told first of all. */
export async function lastSequence(daemon: DaemonProcess): Promise<number> {
  const { body } = await daemon.fetch("/v1/events");
  for await (const text of body!.pipeThrough(new TextDecoderStream())) {
    const [, sequence] = /^id: (?:\w+-)?(\d+)$/m.exec(text) ?? [];
    if (sequence !== undefined) return Number(sequence);
  }
  throw new Error("the stream of events did not say where it begins");
}

/** How each order stands that events told of and that is not removed. */
function toldOf(
  events: readonly StreamedEvent[],
): Map<string, ReturnType<typeof endOf>> {
  const told = new Map<string, ReturnType<typeof endOf>>();
  for (const { type, watch } of events) {
    // A watch begins where there is none, all else happens to one.
    assertEquals(told.has(watch.id), type !== "order.watched", watch.id);
    if (type === "order.removed") told.delete(watch.id);
    else told.set(watch.id, endOf(watch));
  }
  return told;
}

function endOf({ outcome, state }: Pick<WatchView, "outcome" | "state">) {
  return { outcome, state };
}

function countBy<T>(
  items: readonly T[],
  key: (item: T) => string,
): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) {
    counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
  }
  return counts;
}

function nonZero(counts: Iterable<[string, number]>): Map<string, number> {
  return new Map([...counts].filter(([, count]) => count > 0));
}
