/**
 * How late polls are when each of 5,000 orders is asked about every second, and
 * whether CallFire's pace holds.
 *
 * @module
 */

import { type Benchmark, type CurvePoint, inTurn } from "./benchmark.ts";
import { startServer } from "./processes.ts";
import { pause } from "../system/pause.ts";
import { startWatchedDaemon } from "./watched_daemon.ts";

/** How long an order is asked about every second, in milliseconds. */
const YOUNG = 20_000;

/** Until the daemon that is to be asked has started, in milliseconds. */
const START = 4000;

/** What is looked at of the daemon's summary. */
interface Summary {
  polls: {
    requestsPerSecond: number;
    latenessSeconds: { p50: number; p99: number };
  };
}

/** The benchmark. */
export const lateness: Benchmark = {
  name: "lateness",
  about: "lateness of polls, 5,000 orders each polled every second",
  async run({ quick }) {
    const orders = quick ? 200 : 5000;
    const { seen } = await inTurn(quick ? 1 : 3, {
      seen: () => observe(orders, quick ? 4000 : YOUNG - START - 1000),
    });
    const of = `${orders} orders, each polled every second`;
    return [{
      what: `lateness p50, ${of}`,
      unit: "ms",
      figures: seen.map(({ p50 }) => p50),
      aim: { of: "figure", atMost: 10 },
    }, {
      what: `lateness p99, ${of}`,
      unit: "ms",
      figures: seen.map(({ p99 }) => p99),
      aim: { of: "figure", atMost: 100 },
      curve: {
        name: "lateness",
        title: `Lateness of polls, ${of}`,
        axes: { x: "lateness at most, ms", y: "share of the polls, %" },
        points: pointsOf(seen.map(({ shares }) => shares)),
      },
    }, {
      what: `smallest gap of an order at the server, ${of}`,
      unit: "ms",
      figures: seen.map(({ gap }) => gap),
      aim: { of: "figure", atLeast: 1000 },
    }, {
      what: `polls, ${of}`,
      unit: "a second",
      figures: seen.map(({ rate }) => rate),
    }];
  },
};

async function observe(orders: number, duration: number) {
  await using server = await startServer("answer_server.ts", ["PROCESSING"]);
  await using started = await startWatchedDaemon({
    callfire: server.url,
    orders,
    rate: 0,
    dueAfter: START,
    dueWithin: 1000,
  });
  const { url } = started.daemon;
  // Each order's first answer, which has to be parsed, is no usual one.
  await pause(duration / 3);
  const before = await countsOf(url);
  await pause(duration - duration / 3);
  const { polls }: Summary = await (await fetch(`${url}/v1/summary`)).json();
  const gap: number | null = await (await fetch(`${server.url}/smallest-gap`))
    .json();
  const { p50, p99 } = polls.latenessSeconds;
  return {
    p50: p50 * 1000,
    p99: p99 * 1000,
    gap: gap ?? NaN,
    rate: polls.requestsPerSecond,
    shares: sharesOf(before, await countsOf(url)),
  };
}

/** Up to the first place by which every poll of every round had begun. */
function pointsOf(rounds: ReturnType<typeof sharesOf>[]): CurvePoint[] {
  const points = rounds[0]!.map(({ upTo }, at) => ({
    x: upTo,
    figures: rounds.map((shares) => shares[at]!.share),
  }));
  const last = points.findIndex(({ figures }) => Math.min(...figures) === 100);
  return last < 0 ? points : points.slice(0, last + 1);
}

/** How many polls were how late at most, in milliseconds. */
interface Count {
  upTo: number;
  count: number;
}

async function countsOf(url: string): Promise<Count[]> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const buckets = metrics.matchAll(
    /^callfire_poll_lateness_seconds_bucket\{le="([\d.]+|\+Inf)"\} (\d+)$/gm,
  );
  return Array.from(buckets, ([, upTo, count]) => ({
    upTo: 1000 * Number(upTo),
    count: Number(count),
  }));
}

/** Which part of the polls between, of 100, was how late at most. */
function sharesOf(
  before: readonly Count[],
  after: readonly Count[],
): { upTo: number; share: number }[] {
  const counts = after.map(({ count }, at) => count - before[at]!.count);
  const all = counts.at(-1)!;
  return after.slice(0, -1)
    .map(({ upTo }, at) => ({ upTo, share: 100 * counts[at]! / all }));
}
