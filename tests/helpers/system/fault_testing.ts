/**
 * What the tests of a daemon share whose CallFire fails.
 *
 * @module
 */

import { assert, assertEquals, assertGreaterOrEqual } from "@std/assert";
import { MIN_INTERVAL_MS } from "../../../mod.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { checkConservation, Ledger, readMetric } from "./conservation.ts";
import { DaemonProcess } from "./daemon_process.ts";
import { EventReader } from "./event_reader.ts";
import { startTest } from "./start_testing.ts";

/** What is looked at of a summary. */
export interface Summary {
  /** Whether the daemon does its work. */
  ready: boolean;
  /** How CallFire is doing. */
  upstream: { state: string; requestsPerSecondLimit: number | null };
}

/** What a test of faults works with. */
export interface Setup {
  /** The CallFire that is asked. */
  sandbox: Sandbox;
  /** The daemon. */
  daemon: DaemonProcess;
  /** Who is given to it. */
  ledger: Ledger;
}

/**
 * Runs a test with a daemon that asks a CallFire of its own. At its end what it
 * has told is checked, and the pace.
 */
export function faultTest(
  name: string,
  run: (setup: Setup) => Promise<void>,
  args: string[] = [],
): void {
  startTest(name, async (sandbox, folder) => {
    await using daemon = await DaemonProcess.start({ sandbox, folder, args });
    const ledger = new Ledger();
    const reader = new EventReader();
    const enough = new AbortController();
    const following = reader.follow(daemon, enough.signal);
    try {
      await run({ sandbox, daemon, ledger });
    } finally {
      enough.abort();
      await following;
    }
    await checkConservation(daemon, ledger, reader);
    assertGreaterOrEqual(sandbox.requests.smallestGap(), MIN_INTERVAL_MS);
    assertEquals(await daemon.stop(), 0, daemon.output);
  });
}

/** Waits until something that the daemon tells is so. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!await isSo()) await new Promise((go) => setTimeout(go, 100));
}

/** Waits until readiness is answered with a status. */
export function readinessIs(
  daemon: DaemonProcess,
  status: number,
): Promise<void> {
  return until(async () => {
    const response = await daemon.fetch("/-/ready");
    await response.body?.cancel();
    return response.status === status;
  });
}

/** Waits until CallFire is doing so, as the daemon sees it. */
export function upstreamIs(
  daemon: DaemonProcess,
  state: string,
): Promise<void> {
  return until(async () =>
    (await daemon.json<Summary>("GET", "/v1/summary")).upstream.state === state
  );
}

/** The one value of a metric that has no label. */
export async function gauge(
  daemon: DaemonProcess,
  name: string,
): Promise<number> {
  return (await readMetric(daemon, name)).get("") ?? NaN;
}

/** Places orders that end by themselves, and lets the daemon watch them. */
export async function watchSome(
  { daemon, ledger, sandbox }: Setup,
  count: number,
): Promise<string[]> {
  const ids = Array.from(
    { length: count },
    () => sandbox.orders.place({ localNumbers: { ordered: 1 } }),
  );
  for (const id of ids) assert(await ledger.watch(daemon, id));
  return ids;
}

/** Waits until an order has settled; answers how. */
export async function settled(daemon: DaemonProcess, id: string): Promise<{
  outcome: string | null;
  state: string;
  settledAt: string;
  watchedAt: string;
}> {
  for (;;) {
    const watch = await daemon
      .json<Awaited<ReturnType<typeof settled>>>(
        "GET",
        `/v1/orders/${id}?wait=55`,
      );
    if (watch.state === "settled") return watch;
  }
}
