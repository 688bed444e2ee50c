/**
 * How much longer the daemon takes from its start to its first poll when it
 * watches many orders.
 *
 * @module
 */

import { DaemonProcess } from "../helpers/system/daemon_process.ts";
import { type Benchmark, inTurn } from "./benchmark.ts";
import { startServer } from "./processes.ts";
import { pause } from "../helpers/system/pause.ts";
import { fillDatabase, loginOf, pollsOf } from "./watched_daemon.ts";

/** The benchmark. */
export const daemonStart: Benchmark = {
  name: "start",
  about: "start with 100,000 watched orders, to the first poll",
  async run({ quick }) {
    const orders = quick ? 2000 : 100_000;
    await using server = await startServer("answer_server.ts", ["PROCESSING"]);
    const full = await Deno.makeTempDir({ prefix: "callfire-orders-" });
    try {
      const given = { callfire: server.url, orders, rate: 1 };
      await fillDatabase(full, given);
      const times = await inTurn(quick ? 1 : 5, {
        none: () => timeToServe(server.url),
        many: () => timeToPoll(server.url, full),
      });
      return [{
        what: `start with ${orders} orders, to the first poll`,
        unit: "ms",
        figures: times.many,
        baseline: { what: "an empty daemon's start", figures: times.none },
        aim: { of: "more", atMost: 2000 },
      }];
    } finally {
      await Deno.remove(full, { recursive: true });
    }
  },
};

async function timeToServe(callfire: string): Promise<number> {
  const folder = await Deno.makeTempDir({ prefix: "callfire-orders-" });
  try {
    const began = performance.now();
    await using _ = await start(callfire, folder);
    return performance.now() - began;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function timeToPoll(callfire: string, folder: string): Promise<number> {
  const began = performance.now();
  await using daemon = await start(callfire, folder);
  while (await pollsOf(daemon) === 0) await pause(5);
  return performance.now() - began;
}

function start(callfire: string, folder: string): Promise<DaemonProcess> {
  const args = ["--max-requests-per-second=0"];
  return DaemonProcess.start({ sandbox: loginOf(callfire), folder, args });
}
