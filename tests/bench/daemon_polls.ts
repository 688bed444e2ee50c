/**
 * How many polls a second the daemon sustains, and what each costs, all
 * included, against a loop of bare fetches.
 *
 * @module
 */

import { type Benchmark, inTurn } from "./benchmark.ts";
import { cpuOf, runScript, startServer } from "./processes.ts";
import { pause } from "../system/pause.ts";
import { pollsOf, startWatchedDaemon } from "./watched_daemon.ts";

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
    const orders = quick ? 1000 : 10_000;
    const duration = quick ? 1500 : 4000;
    await using server = await startServer("answer_server.ts", ["PROCESSING"]);
    const bare = (inFlight: number) => () =>
      runScript<Asked>("bare_fetch.ts", [
        server.url,
        orders,
        inFlight,
        duration,
      ]);
    const asked = await inTurn(quick ? 1 : 5, {
      bare: bare(64),
      daemon: () => askedByDaemon(server.url, orders, duration),
    });
    const cpu = ({ cpu, calls }: Asked) => cpu * 1000 / calls;
    const rate = ({ wall, calls }: Asked) => calls * 1000 / wall;
    return [{
      what: `polls the daemon sustains, ${orders} orders due at once`,
      unit: "a second",
      figures: asked.daemon.map(rate),
      baseline: { what: "bare fetch", figures: asked.bare.map(rate) },
      aim: { of: "ratio", atLeast: 0.7 },
    }, {
      what: "CPU of a poll in the daemon",
      unit: "µs",
      figures: asked.daemon.map(cpu),
      baseline: { what: "bare fetch", figures: asked.bare.map(cpu) },
      aim: { of: "ratio", atMost: 1.5 },
    }];
  },
};

async function askedByDaemon(
  callfire: string,
  orders: number,
  duration: number,
): Promise<Asked> {
  await using started = await startWatchedDaemon({ callfire, orders, rate: 0 });
  const { daemon } = started;
  // Each order is asked about once before, so that only unchanged answers count.
  while (await pollsOf(daemon) < orders) await pause(50);
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
