import { assert, assertEquals, assertGreaterOrEqual } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { MIN_INTERVAL_MS } from "../../mod.ts";
import { seededRandom } from "../helpers/client/random.ts";
import { LONG_TEST_HUNG, test } from "../helpers/client/testing.ts";
import { DemoLife } from "../sandbox/demo_life.ts";
import { type Sandbox, startSandbox } from "../sandbox/sandbox.ts";
import {
  allWatches,
  checkConservation,
  Ledger,
} from "../helpers/system/conservation.ts";
import {
  type DaemonOptions,
  DaemonProcess,
  withFolder,
} from "../helpers/system/daemon_process.ts";
import { EventReader } from "../helpers/system/event_reader.ts";
import { placeOrders } from "../helpers/system/place_orders.ts";

/** How the daemon is ended, again and again. */
interface Ends {
  /** With which signals, in turn. */
  signals: readonly Deno.Signal[];
  /** How often. */
  count: number;
  /** The longest time until an end, from the moment it serves, in ms. */
  longest: number;
  /** How many of the ends come before it serves, of 1. */
  early: number;
}

/**
 * Starts a daemon that is ended while it starts, unless it is there before.
 */
async function endWhileStarting(
  options: DaemonOptions,
  signal: Deno.Signal,
  time: number,
): Promise<void> {
  await using daemon = DaemonProcess.spawn(options);
  await new Promise((resolve) => setTimeout(resolve, time));
  daemon.kill(signal);
  await daemon.ended();
}

/** Checks the database as the end left it, which stays as it is. */
async function checkIntegrity(folder: string): Promise<void> {
  await withFolder(async (copy) => {
    for await (const { name } of Deno.readDir(folder)) {
      await Deno.copyFile(`${folder}/${name}`, `${copy}/${name}`);
    }
    const database = new DatabaseSync(`${copy}/orders.db`);
    try {
      const result = database.prepare("PRAGMA integrity_check").all();
      assertEquals(Object.values(result[0]!), ["ok"]);
    } finally {
      database.close();
    }
  });
}

async function endAgainAndAgain(
  sandbox: Sandbox,
  folder: string,
  { count, early, longest, signals }: Ends,
): Promise<void> {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
  console.log(`the seed is ${seed}`);
  const random = seededRandom(seed);
  const life = new DemoLife(sandbox, 4);
  const ledger = new Ledger();
  const reader = new EventReader();
  const args = ["--max-requests-per-second=50"];
  let port = 0;
  for (let end = 0; end < count; end++) {
    const options = { sandbox, folder, args, port };
    const signal = signals[end % signals.length]!;
    if (port > 0 && random() < early) {
      await endWhileStarting(options, signal, random() * 1_000);
    } else {
      await using daemon = await DaemonProcess.start(options);
      ({ port } = daemon);
      const enough = new AbortController();
      const tasks = [
        placeOrders({
          any: () => daemon,
          life,
          ledger,
          random,
          longestPause: 150,
          signal: enough.signal,
        }),
        reader.follow(daemon, enough.signal),
      ];
      await new Promise((resolve) => setTimeout(resolve, random() * longest));
      daemon.kill(signal);
      const code = await daemon.ended();
      if (signal !== "SIGKILL") assertEquals(code, 0, daemon.output);
      enough.abort();
      await Promise.all(tasks);
    }
    await checkIntegrity(folder);
  }

  await using daemon = await DaemonProcess.start({
    sandbox,
    folder,
    args,
    port,
  });
  assert(ledger.watched.size > 0);
  while ((await allWatches(daemon)).some(({ state }) => state !== "settled")) {
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  await checkConservation(daemon, ledger, reader);
  assertGreaterOrEqual(sandbox.requests.smallestGap(), MIN_INTERVAL_MS);
  console.log(
    `${count} ends, ${ledger.watched.size} watches acknowledged, ` +
      `${reader.events.length} events`,
  );
  assertEquals(await daemon.stop(), 0);
}

for (
  const [name, ends] of [
    ["SIGTERM and SIGINT, 8 times,", {
      signals: ["SIGTERM", "SIGINT"],
      count: 8,
      longest: 2_000,
      early: 0,
    }],
    // Nobody is asked about in the first second after a start.
    ["kill -9, 100 times,", {
      signals: ["SIGKILL"],
      count: 100,
      longest: 2_500,
      early: 0.2,
    }],
  ] as const
) {
  test(
    `${name} in the middle of everything loses nothing`,
    () =>
      withFolder(async (folder) => {
        await using sandbox = await startSandbox();
        await endAgainAndAgain(sandbox, folder, ends);
      }),
    LONG_TEST_HUNG,
  );
}
