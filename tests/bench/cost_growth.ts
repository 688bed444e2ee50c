/**
 * How the cost of a poll grows with the number of orders, at the same rate.
 *
 * @module
 */

import { type Benchmark, inTurn } from "./benchmark.ts";
import { askedByDaemon, costOf } from "./daemon_polls.ts";
import { startServer } from "./processes.ts";

/** Polls a second: as many as the fewest orders, young as they are, take. */
const RATE = 500;

/** The benchmark. */
export const costGrowth: Benchmark = {
  name: "growth",
  about: `CPU of a poll with 1,000 to 100,000 orders, ${RATE} polls a second`,
  async run({ quick }) {
    const duration = quick ? 1000 : 8000;
    // Else few orders, which come round soon, would be spared the parsing.
    await using server = await startServer("answer_server.ts", [
      "PROCESSING",
      "varying",
    ]);
    const counts = [1000, 10_000, quick ? 20_000 : 100_000];
    const costs = await inTurn(
      quick ? 1 : 5,
      Object.fromEntries(counts.map((orders) => [
        `${orders} orders`,
        () => costOfPoll(server.url, orders, duration),
      ])),
    );
    const points = counts.map((orders) => ({
      x: orders,
      figures: costs[`${orders} orders`]!,
    }));
    const [least, ...more] = points;
    const baseline = { what: `${least!.x} orders`, figures: least!.figures };
    return more.map(({ x: orders, figures }, at) => ({
      what: `CPU of a poll with ${orders} orders, ${RATE} a second`,
      unit: "µs",
      figures,
      baseline,
      aim: { of: "ratio", atMost: 1.1 },
      ...at === more.length - 1 && {
        curve: {
          name: "growth",
          title: `CPU of a poll, ${RATE} polls a second over all orders`,
          axes: { x: "orders being watched", y: "CPU of a poll, µs" },
          points,
        },
      },
    }));
  },
};

/** The CPU that the daemon takes for a poll, in microseconds. */
async function costOfPoll(
  callfire: string,
  orders: number,
  duration: number,
): Promise<number> {
  // Few orders come round before that, many do not.
  const first = Math.max(RATE, Math.min(orders, 4 * RATE));
  const load = { orders, rate: RATE, first, warmUp: 0, duration };
  return costOf(await askedByDaemon(callfire, load));
}
