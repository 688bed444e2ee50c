/**
 * How long it takes from the moment at which CallFire finishes an order until a
 * reader of the daemon's events knows, with one question a second.
 *
 * @module
 */

import { startSandbox } from "../sandbox/sandbox.ts";
import { DaemonProcess } from "../helpers/system/daemon_process.ts";
import { EventReader } from "../helpers/system/event_reader.ts";
import type { Benchmark } from "./benchmark.ts";

/** The benchmark. */
export const settleDelay: Benchmark = {
  name: "settle-delay",
  about: "delay from an order's end to the event at a reader",
  async run({ quick }) {
    const rounds = quick ? 1 : 3;
    const delays: number[] = [];
    for (let round = 0; round < rounds; round++) {
      delays.push(await meanDelay(quick ? 20 : 400, quick ? 1000 : 10_000));
    }
    return [{
      what: "mean delay from finished to the event at a reader",
      unit: "ms",
      figures: delays,
      baseline: {
        what: "one question a second",
        figures: delays.map(() => 500),
      },
      aim: { of: "figure", atMost: 550 },
    }];
  },
};

/**
 * The mean delay of orders that end at moments spread evenly.
 *
 * @param orders How many.
 * @param within How long their ends are spread over, in milliseconds.
 */
async function meanDelay(orders: number, within: number): Promise<number> {
  await using sandbox = await startSandbox();
  const folder = await Deno.makeTempDir({ prefix: "callfire-orders-" });
  try {
    const args = ["--max-requests-per-second=0"];
    await using daemon = await DaemonProcess.start({ sandbox, folder, args });
    const endsAt = new Map<string, number>();
    for (let at = 0; at < orders; at++) {
      const after = 1500 + within * at / orders;
      const id = sandbox.orders.place({
        localNumbers: { ordered: 1 },
        script: [
          { after: 0, status: "PROCESSING" },
          { after, status: "FINISHED" },
        ],
      });
      endsAt.set(id, performance.now() + after);
    }
    await daemon.json("POST", "/v1/orders", {
      orders: [...endsAt.keys()].map((id) => ({ id })),
    });
    let sum = 0;
    let settled = 0;
    const reader = new EventReader();
    await reader.read(daemon, () => {
      const event = reader.events.at(-1);
      if (event?.type === "order.settled") {
        sum += performance.now() - endsAt.get(event.watch.id)!;
        settled++;
      }
      return settled === orders;
    });
    if (settled < orders) throw new Error(`${settled} of ${orders} settled`);
    return sum / orders;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
