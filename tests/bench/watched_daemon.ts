/**
 * A daemon as its users run it, which watches many orders from its start on.
 *
 * @module
 */

import { CallFireClient, systemClock } from "@callfire-orders/client";
import { openSqliteStore } from "../../daemon/store/sqlite/sqlite_store.ts";
import {
  applyPollResult,
  beginWatch,
} from "../../daemon/polling/watched_order.ts";
import { DaemonProcess } from "../helpers/system/daemon_process.ts";

/** The first id; the others follow. */
export const FIRST_ID = 1_642_000_000;

/** A daemon to start. */
export interface WatchedDaemonOptions {
  /** Where the CallFire is that it asks. */
  callfire: string;
  /** How many orders it watches from the start on; each was read once. */
  orders: number;
  /** Questions a second; 0 lifts the limit. */
  rate: number;
  /** How long from now until the first is due, in milliseconds. */
  dueAfter?: number;
  /** Within how long from then on all are due, evenly, in milliseconds. */
  dueWithin?: number;
}

/** A daemon, with its database in a folder of its own. */
export interface WatchedDaemon extends AsyncDisposable {
  /** The daemon. */
  readonly daemon: DaemonProcess;
}

/** How a daemon logs in at the answer server. */
export function loginOf(callfire: string) {
  return { login: "bench", password: "bench", baseUrl: callfire };
}

/**
 * Starts one. It serves its API when the promise is fulfilled, and begins to
 * ask a second later.
 */
export async function startWatchedDaemon(
  options: WatchedDaemonOptions,
): Promise<WatchedDaemon> {
  const folder = await Deno.makeTempDir({ prefix: "callfire-orders-" });
  await fillDatabase(folder, options);
  const daemon = await DaemonProcess.start({
    sandbox: loginOf(options.callfire),
    folder,
    args: [`--max-requests-per-second=${options.rate}`],
  });
  return {
    daemon,
    async [Symbol.asyncDispose]() {
      await daemon[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/**
 * Makes the database of a daemon that has read each of its orders once.
 *
 * @param folder Where to.
 */
export async function fillDatabase(
  folder: string,
  { callfire, orders, dueAfter = 0, dueWithin = 0 }: WatchedDaemonOptions,
): Promise<void> {
  if (orders === 0) return;
  const client = new CallFireClient(loginOf(callfire));
  const order = await client.getNumberOrder(FIRST_ID);
  const store = openSqliteStore(`${folder}/orders.db`, systemClock);
  const rules = { expireAfter: 86_400_000, watchedFor: 0, random: 0 };
  for (let from = 0; from < orders; from += 10_000) {
    const length = Math.min(10_000, orders - from);
    const ids = Array.from({ length }, (_, at) => FIRST_ID + from + at);
    const at = Date.now();
    const begun = ids.map((id) => beginWatch(String(id), null, at));
    await store.watch(begun);
    await Promise.all(begun.map(({ watch }, place) => {
      const reading = { at, order: { ...order, id: watch.id } };
      const read = applyPollResult(watch, reading, rules);
      const share = (from + place) / orders;
      const nextPollAt = Math.round(at + dueAfter + dueWithin * share);
      return store.update({ ...read, watch: { ...read.watch, nextPollAt } });
    }));
  }
  await store.close();
}

/** How many questions it has asked. */
export async function pollsOf({ url }: DaemonProcess): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return text.matchAll(/^callfire_polls_total\{.*\} (\d+)$/gm)
    .reduce((sum, [, count]) => sum + Number(count), 0);
}
