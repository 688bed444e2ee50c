/**
 * How much memory a watched order takes.
 *
 * @module
 */

import { type Benchmark, inTurn } from "./benchmark.ts";
import { memoryOf, runScript, startServer } from "./processes.ts";
import { pause } from "../helpers/system/pause.ts";
import { fillDatabase, startWatchedDaemon } from "./watched_daemon.ts";

/** The benchmark. */
export const watchedMemory: Benchmark = {
  name: "memory",
  about: "memory of a watched order",
  async run({ quick }) {
    const orders = quick ? 2000 : 100_000;
    await using server = await startServer("answer_server.ts", ["PROCESSING"]);
    const callfire = server.url;
    const resident = (orders: number) => async () => {
      await using started = await startWatchedDaemon({
        callfire,
        orders,
        rate: 1,
      });
      // The garbage of the start gets some time to go.
      await pause(quick ? 0 : 10_000);
      return await memoryOf(started.daemon.pid);
    };
    const rounds = quick ? 1 : 3;
    const inMemory = await inTurn(rounds, {
      none: resident(0),
      many: resident(orders),
    });
    const live = await inTurn(rounds, {
      none: () => liveMemory(callfire, 0),
      many: () => liveMemory(callfire, orders),
    });
    const perOrder = ({ none, many }: typeof live) =>
      many.map((bytes, round) => (bytes - none[round]!) / orders);
    return [{
      what: `live memory of one of ${orders} watched orders`,
      unit: "bytes",
      figures: perOrder(live),
      aim: { of: "figure", atMost: 1536 },
    }, {
      what: `resident memory of one of ${orders} watched orders`,
      unit: "bytes",
      figures: perOrder(inMemory),
      aim: { of: "figure", atMost: 1536 },
    }];
  },
};

async function liveMemory(callfire: string, orders: number): Promise<number> {
  const folder = await Deno.makeTempDir({ prefix: "callfire-orders-" });
  try {
    await fillDatabase(folder, { callfire, orders, rate: 1 });
    return await runScript<number>("core_memory.ts", [callfire, folder]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
