/**
 * How late polls are when each of 5,000 orders is asked about every second, and
 * whether CallFire's pace holds.
 *
 * @module
 */

import { type Benchmark, type CurvePoint, inTurn } from "./benchmark.ts";
import { startServer } from "./processes.ts";
import { pause } from "../helpers/system/pause.ts";
import { pollsOf, startWatchedDaemon } from "./watched_daemon.ts";

/**
 * How long polls are looked at, in milliseconds. An order is asked about every
 * second for 20 s, of which the start and two first polls take some.
 */
const WINDOW = 10_000;

/** Until the daemon that is to be asked has started, in milliseconds. */
const START = 4000;

/** The benchmark. */
export const lateness: Benchmark = {
  name: "lateness",
  about: "lateness of polls, 5,000 orders each polled every second",
  async run({ quick }) {
    const orders = quick ? 200 : 5000;
    const { seen } = await inTurn(quick ? 1 : 3, {
      seen: () => observe(orders, quick ? 1500 : WINDOW),
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
  // Each order's first answer has to be parsed, which takes a second or two in
  // which others are late; only what comes then is what goes on for long.
  while (await pollsOf(started.daemon) < 3 * orders) await pause(50);
  const [before, began] = [await countsOf(url), performance.now()];
  await pause(duration);
  const [after, passed] = [await countsOf(url), performance.now() - began];
  const gap: number | null = await (await fetch(`${server.url}/smallest-gap`))
    .json();
  const shares = sharesOf(before, after);
  return {
    p50: quantileOf(shares, 50),
    p99: quantileOf(shares, 99),
    gap: gap ?? NaN,
    rate: (after.at(-1)!.count - before.at(-1)!.count) * 1000 / passed,
    shares,
  };
}

/** What so many of 100 are late at most, as Prometheus works it out, in ms. */
function quantileOf(shares: ReturnType<typeof sharesOf>, part: number): number {
  let before = { upTo: 0, share: 0 };
  for (const one of shares) {
    if (one.share >= part) {
      const along = (part - before.share) / (one.share - before.share);
      return before.upTo + along * (one.upTo - before.upTo);
    }
    before = one;
  }
  return before.upTo;
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
