/**
 * How late polls are when each of 5,000 orders is asked about every second, and
 * whether CallFire's pace holds.
 *
 * @module
 */

import { type Benchmark, type CurvePoint, inTurn } from "./benchmark.ts";
import { startServer } from "./processes.ts";
import { pause, startWatchedDaemon } from "./watched_daemon.ts";

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
  await pause(duration);
  const { url } = started.daemon;
  const { polls }: Summary = await (await fetch(`${url}/v1/summary`)).json();
  const gap: number | null = await (await fetch(`${server.url}/smallest-gap`))
    .json();
  const { p50, p99 } = polls.latenessSeconds;
  return {
    p50: p50 * 1000,
    p99: p99 * 1000,
    gap: gap ?? NaN,
    rate: polls.requestsPerSecond,
    shares: sharesOf(await (await fetch(`${url}/metrics`)).text()),
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

/** Which part of the polls, of 100, was how late at most, in milliseconds. */
function sharesOf(metrics: string): { upTo: number; share: number }[] {
  const buckets = metrics.matchAll(
    /^callfire_poll_lateness_seconds_bucket\{le="([\d.]+|\+Inf)"\} (\d+)$/gm,
  );
  const counts = Array.from(buckets, ([, upTo, count]) => ({
    upTo: 1000 * Number(upTo),
    count: Number(count),
  }));
  const all = counts.at(-1)!.count;
  return counts.slice(0, -1)
    .map(({ upTo, count }) => ({ upTo, share: 100 * count / all }));
}
