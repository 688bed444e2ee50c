/**
 * Shows what becomes of an order whose daemon is killed.
 *
 * @module
 */

import type { DemoFleet } from "./demo_fleet.ts";
import type { DemoLife } from "./demo_life.ts";
import type { DemoOrders } from "./demo_orders.ts";
import { orAborted, pause } from "./demo_pause.ts";
import { say } from "./demo_say.ts";

/** A daemon is killed so long after the one before is there again. */
const INTERVAL = 5_000;

/** What it is shown with. */
export interface TakeoverOptions {
  /** The daemons. */
  fleet: DemoFleet;
  /** Where orders are placed. */
  life: DemoLife;
  /** Gives orders to the daemons. */
  orders: DemoOrders;
  /** Ends it. */
  signal: AbortSignal;
}

/**
 * Kills a daemon now and then: each time one that watches an order which has
 * not ended yet. Says who saw that order's end, and starts the daemon again.
 *
 * @param options What it is shown with.
 */
export async function showTakeovers(options: TakeoverOptions): Promise<void> {
  while (await pause(INTERVAL, options.signal)) await showOne(options);
}

async function showOne(
  { fleet, life, orders, signal }: TakeoverOptions,
): Promise<void> {
  const order = life.placeLasting();
  const about = { order: order.id };
  const changed = fleet.logged({ message: "The order changed", ...about });
  const settled = fleet.logged({ message: "The order settled", ...about });
  await orders.watch(order);
  const asker = await orAborted(changed, signal);
  if (!asker) return;
  say(`Daemon ${asker.number} asks about ${order.id}, and is killed (SIGKILL)`);
  await fleet.kill(asker);
  const successor = await orAborted(settled, signal);
  if (!successor) return;
  say(
    `Daemon ${successor.number} has asked about ${order.id} since, ` +
      "and saw it settle",
  );
  await fleet.start(asker);
  say(`Daemon ${asker.number} runs again`);
}
