/**
 * How many polls a second the daemon sustains, and what each costs, all
 * included, against bare fetches.
 *
 * @module
 */

import { type Benchmark, inTurn } from "./benchmark.ts";
import { cpuOf, runScript, startServer } from "./processes.ts";
import { pause } from "../helpers/system/pause.ts";
import { pollsOf, startWatchedDaemon } from "./watched_daemon.ts";

/** The most questions that the daemon has out at once. */
const IN_FLIGHT = 64;

/** What a daemon has to do. */
export interface Load {
  /**
   * How many orders it watches, all due at once at its start. The pace lets
   * each be asked about once a second, so there have to be more than it polls in
   * one, but no more than the client keeps the last answers of.
   */
  orders: number;
  /** Questions a second; 0 for as fast as it goes. */
  rate: number;
  /**
   * How many polls are none of those measured, by default one for each order:
   * what it takes to start, and to read first answers, is none of their cost.
   */
  first?: number;
  /**
   * How long it polls then before anything is measured, in milliseconds: a daemon
   * runs for long, so it is measured once all that is used often is compiled.
   */
  warmUp: number;
  /** How long it is then measured, in milliseconds. */
  duration: number;
}

/** What was asked within some time, both in milliseconds. */
interface Asked {
  calls: number;
  cpu: number;
  wall: number;
}

/** The benchmark. */
export const daemonPolls: Benchmark = {
  name: "daemon-polls",
  about: "polls a second of the daemon, and the CPU of each",
  async run({ quick }) {
    const full = fullLoad(quick);
    const slow = { ...full, orders: 1000, rate: 500 };
    await using server = await startServer("answer_server.ts", ["PROCESSING"]);
    const bare = ({ orders, rate, warmUp, duration }: Load) =>
      runScript<Asked>("bare_fetch.ts", [
        server.url,
        orders,
        IN_FLIGHT,
        warmUp,
        duration,
        ...rate > 0 ? [rate] : [],
      ]);
    const asked = await inTurn(quick ? 1 : 5, {
      bare: () => bare(full),
      daemon: () => askedByDaemon(server.url, full),
      slowBare: () => bare(slow),
      slowDaemon: () => askedByDaemon(server.url, slow),
    });
    const rate = ({ wall, calls }: Asked) => calls * 1000 / wall;
    const baseline = (figures: number[]) => ({ what: "bare fetch", figures });
    return [{
      what: `polls the daemon sustains, ${full.orders} orders`,
      unit: "a second",
      figures: asked.daemon.map(rate),
      baseline: baseline(asked.bare.map(rate)),
      aim: { of: "ratio", atLeast: 0.7 },
    }, {
      what: "CPU of a poll in the daemon, as fast as it goes",
      unit: "µs",
      figures: asked.daemon.map(costOf),
      baseline: baseline(asked.bare.map(costOf)),
      aim: { of: "ratio", atMost: 1.5 },
    }, {
      what: `CPU of a poll in the daemon, ${slow.rate} a second`,
      unit: "µs",
      figures: asked.slowDaemon.map(costOf),
      baseline: baseline(asked.slowBare.map(costOf)),
      aim: { of: "ratio", atMost: 1.5 },
    }];
  },
};

/**
 * As much as a daemon can do.
 *
 * @param quick Whether it is only to be shown that it runs.
 */
export function fullLoad(quick: boolean): Load {
  return quick
    ? { orders: 1000, rate: 0, warmUp: 500, duration: 1500 }
    : { orders: 20_000, rate: 0, warmUp: 8000, duration: 4000 };
}

/**
 * Has a daemon poll.
 *
 * @param callfire Where the CallFire is that it asks.
 * @param load What it has to do.
 */
export async function askedByDaemon(
  callfire: string,
  { orders, rate, first = orders, warmUp, duration }: Load,
): Promise<Asked> {
  await using started = await startWatchedDaemon({ callfire, orders, rate });
  const { daemon } = started;
  while (await pollsOf(daemon) < first) await pause(50);
  await pause(warmUp);
  const [cpu, calls, began] = [
    await cpuOf(daemon.pid),
    await pollsOf(daemon),
    performance.now(),
  ];
  await pause(duration);
  return {
    calls: await pollsOf(daemon) - calls,
    cpu: await cpuOf(daemon.pid) - cpu,
    wall: performance.now() - began,
  };
}

/** The CPU of one question, in microseconds. */
export function costOf({ cpu, calls }: Asked): number {
  return cpu * 1000 / calls;
}
