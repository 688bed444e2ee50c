import { assert, assertEquals, assertGreaterOrEqual } from "@std/assert";
import { MINIMUM_INTERVAL } from "../../mod.ts";
import { seededRandom } from "../client/random.ts";
import { DemoLife } from "../sandbox/demo_life.ts";
import { type Sandbox, startSandbox } from "../sandbox/sandbox.ts";
import { allWatches, checkConservation, Ledger } from "./conservation.ts";
import { DaemonProcess, withFolder } from "./daemon_process.ts";
import { EventReader } from "./event_reader.ts";

/** How often the daemon is ended in the middle of everything. */
const RESTARTS = 8;

/** Places orders and gives them to the daemon, and takes some back. */
async function load(
  daemon: DaemonProcess,
  life: DemoLife,
  ledger: Ledger,
  random: () => number,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const { id } = life.place();
    // What was not acknowledged may have been stored, so it is asked again.
    while (!await ledger.watch(daemon, id) && !signal.aborted);
    if (random() < 0.1) await ledger.remove(daemon, id);
    await new Promise((resolve) => setTimeout(resolve, random() * 150));
  }
}

async function endAgainAndAgain(
  sandbox: Sandbox,
  folder: string,
  signals: readonly Deno.Signal[],
): Promise<void> {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
  console.log(`the seed is ${seed}`);
  const random = seededRandom(seed);
  const life = new DemoLife(sandbox, 4);
  const ledger = new Ledger();
  const reader = new EventReader();
  const args = ["--max-requests-per-second=50"];
  let port = 0;
  for (let restart = 0; restart < RESTARTS; restart++) {
    await using daemon = await DaemonProcess.start({
      sandbox,
      folder,
      args,
      port,
    });
    ({ port } = daemon);
    const enough = new AbortController();
    const tasks = [
      load(daemon, life, ledger, random, enough.signal),
      reader.read(daemon),
    ];
    await new Promise((resolve) => setTimeout(resolve, 500 + random() * 1500));
    const signal = signals[restart % signals.length]!;
    daemon.kill(signal);
    const code = await daemon.ended();
    if (signal !== "SIGKILL") assertEquals(code, 0, daemon.output);
    enough.abort();
    await Promise.all(tasks);
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
  assertGreaterOrEqual(sandbox.requests.smallestGap(), MINIMUM_INTERVAL);
  assertEquals(await daemon.stop(), 0);
}

for (
  const [name, signals] of [
    ["SIGTERM and SIGINT", ["SIGTERM", "SIGINT"]],
    ["kill -9", ["SIGKILL"]],
  ] as const
) {
  Deno.test({
    name: `${name} in the middle of everything loses nothing`,
    sanitizeOps: true,
    sanitizeResources: true,
    fn: () =>
      withFolder(async (folder) => {
        await using sandbox = await startSandbox();
        await endAgainAndAgain(sandbox, folder, signals);
      }),
  });
}
