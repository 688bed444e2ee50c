/**
 * Orders that come all the time.
 *
 * @module
 */

import type { DemoLife } from "../../sandbox/demo_life.ts";
import type { Ledger } from "./conservation.ts";
import type { DaemonProcess } from "./daemon_process.ts";
import { pause } from "./pause.ts";

/** How orders are placed. */
export interface Placing {
  /** Any daemon that runs. */
  any: () => DaemonProcess;
  /** Where they are placed. */
  life: DemoLife;
  /** Who is given to the daemons. */
  ledger: Ledger;
  /** A number from 0 up to, but not including, 1. */
  random: () => number;
  /** The longest time between two, in milliseconds. */
  longestPause: number;
  /** Ends it. */
  signal: AbortSignal;
}

/** Places orders and gives them to daemons, and takes some back. */
export async function placeOrders(
  { any, life, ledger, random, longestPause, signal }: Placing,
): Promise<void> {
  while (!signal.aborted) {
    const { id } = life.place();
    // What was not acknowledged may have been stored, so it is asked again.
    while (!await ledger.watch(any(), id) && !signal.aborted) await pause(50);
    if (random() < 0.1) await ledger.remove(any(), id);
    await pause(random() * longestPause);
  }
}
