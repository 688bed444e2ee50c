/**
 * What a scrape of `/metrics` takes when many orders are watched.
 *
 * @module
 */

import type { DaemonProcess } from "../helpers/system/daemon_process.ts";
import { type Benchmark, inTurn } from "./benchmark.ts";
import { startServer } from "./processes.ts";
import { startWatchedDaemon } from "./watched_daemon.ts";

/** The benchmark. */
export const scrape: Benchmark = {
  name: "metrics",
  about: "/metrics with 100,000 watched orders, against none",
  async run({ quick }) {
    const orders = quick ? 2000 : 100_000;
    await using server = await startServer("answer_server.ts", ["PROCESSING"]);
    const given = { callfire: server.url, rate: 1 };
    await using empty = await startWatchedDaemon({ ...given, orders: 0 });
    await using full = await startWatchedDaemon({ ...given, orders });
    const times = await inTurn(quick ? 1 : 15, {
      none: () => timeOfScrape(empty.daemon, quick ? 3 : 50),
      many: () => timeOfScrape(full.daemon, quick ? 3 : 50),
    });
    return [{
      what: `/metrics with ${orders} orders`,
      unit: "ms",
      figures: times.many,
      baseline: { what: "none", figures: times.none },
      aim: { of: "ratio", atMost: 1.1 },
    }, {
      // Not in bytes: a number of 100,000 has more digits than one of 0.
      what: `lines of /metrics with ${orders} orders`,
      unit: "lines",
      figures: [await linesOf(full.daemon)],
      baseline: { what: "none", figures: [await linesOf(empty.daemon)] },
      aim: { of: "ratio", atMost: 1, atLeast: 1 },
    }];
  },
};

async function timeOfScrape(
  { url }: DaemonProcess,
  times: number,
): Promise<number> {
  const began = performance.now();
  for (let at = 0; at < times; at++) {
    await (await fetch(`${url}/metrics`)).bytes();
  }
  return (performance.now() - began) / times;
}

async function linesOf({ url }: DaemonProcess): Promise<number> {
  return (await (await fetch(`${url}/metrics`)).text()).split("\n").length;
}
