/**
 * What the tests of the metrics share.
 *
 * @module
 */

import { Metrics } from "../../../daemon/metrics.ts";
import { OrderCounts } from "../../../daemon/polling/order_counts.ts";
import type { StoredEvent } from "../../../daemon/store/store.ts";
import { Upstream } from "../../../daemon/polling/upstream.ts";
import {
  applyPollResult,
  beginWatch,
  type Reading,
} from "../../../daemon/polling/watched_order.ts";
import type { NumberOrder, NumberOrderItem } from "../../../mod.ts";
import { TestClock } from "../client/test_clock.ts";

/** What a test of the metrics works with. */
export interface Setup {
  /** The metrics. */
  metrics: Metrics;
  /** Who they say is watched. */
  census: OrderCounts;
  /** How they say that CallFire is doing. */
  upstream: Upstream;
  /** The clock of all of them. */
  clock: TestClock;
  /** All samples as they are now, by name and labels. */
  samples(): Promise<Map<string, number>>;
}

/** Makes metrics of a daemon that has done nothing yet. */
export function makeMetrics(): Setup {
  const clock = new TestClock();
  const census = new OrderCounts();
  const upstream = new Upstream(10, () => clock.random());
  const metrics = new Metrics({
    census,
    upstream,
    clock,
    version: "1.2.3",
    droppedLogLines: () => 0,
  });
  const samples = async () => parseSamples(await metrics.render());
  return { metrics, census, upstream, clock, samples };
}

/** Reads the samples of a text, by name and labels as they are written. */
export function parseSamples(text: string): Map<string, number> {
  const lines = text.split("\n").filter((line) => /^[^#]/.test(line));
  return new Map(lines.map((line) => {
    const end = line.lastIndexOf(" ");
    return [line.slice(0, end), Number(line.slice(end + 1))];
  }));
}

/** An order that is being worked on, unless told. */
export function order(parts: Partial<NumberOrder> = {}): NumberOrder {
  const created = new Date("2030-01-01T12:00:00Z");
  return { id: "1", status: "PROCESSING", created, totalCost: 0, ...parts };
}

/** So many of one kind of items, and which of them were bought. */
export function item(
  ordered: number,
  ...fulfilled: string[]
): NumberOrderItem {
  return { ordered, unitCost: 1, fulfilled };
}

/** When the watches of the tests begin, in milliseconds since 1970. */
export const BEGAN = new TestClock().date().getTime();

/** An answer about an order, so many milliseconds after its watch began. */
export type Answer = { after: number } & DistributiveOmit<Reading, "at">;

type DistributiveOmit<Union, Key extends PropertyKey> = Union extends unknown
  ? Omit<Union, Key>
  : never;

/** What happens to a watch that is answered so; it expires after a day. */
export function watchThrough(...answers: Answer[]): StoredEvent[] {
  let { watch, events } = beginWatch("1642251003", null, BEGAN);
  for (const { after, ...answer } of answers) {
    const reading = { at: BEGAN + after, ...answer };
    const rules = {
      expireAfter: 86_400_000,
      watchedFor: Math.max(0, after),
      random: 0,
    };
    const transition = applyPollResult(watch, reading, rules);
    watch = transition.watch;
    events = [...events, ...transition.events];
  }
  return events.map((event, index) => ({
    ...event,
    epoch: "e1",
    sequence: index + 1,
  }));
}
