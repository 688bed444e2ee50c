import { assert, assertEquals, assertGreaterOrEqual } from "@std/assert";
import { MINIMUM_INTERVAL } from "../../mod.ts";
import { seededRandom } from "../client/random.ts";
import { startPostgres } from "../daemon/store/postgres_server.ts";
import { DemoLife } from "../sandbox/demo_life.ts";
import { type Sandbox, startSandbox } from "../sandbox/sandbox.ts";
import {
  allWatches,
  checkCounters,
  checkTold,
  Ledger,
  watchingOf,
} from "./conservation.ts";
import { type DaemonProcess, withFolder } from "./daemon_process.ts";
import { EventReader } from "./event_reader.ts";
import { Member, pause } from "./several_daemons.ts";

/** How many daemons there are. */
const DAEMONS = 3;

/** Questions a second, over all daemons. */
const RATE = 40;

/** Longer than a lease lasts, in milliseconds. */
const LONG = 7_000;

const { postgresTest, server } = await startPostgres();

/** What a test of several daemons works with. */
interface Setup {
  sandbox: Sandbox;
  members: Member[];
  ledger: Ledger;
  /** Those who read events, here and there. */
  readers: EventReader[];
  /** Any daemon that runs. */
  any(): DaemonProcess;
  random(): number;
  /** Lets orders come and be read about while something is done. */
  underLoad(act: () => Promise<void>): Promise<void>;
}

function clusterTest(name: string, run: (setup: Setup) => Promise<void>): void {
  postgresTest(name, (server) =>
    withFolder(async (folder) => {
      const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
      console.log(`the seed is ${seed}`);
      const random = seededRandom(seed);
      const url = await server.makeDatabase();
      await using sandbox = await startSandbox();
      await using stack = new AsyncDisposableStack();
      const members = Array.from({ length: DAEMONS }, () =>
        stack.use(
          new Member({
            sandbox,
            folder,
            server,
            database: url.split("/").at(-1)!,
            args: [`--max-requests-per-second=${RATE}`],
          }),
        ));
      await Promise.all(members.map((member) => member.start()));
      const ledger = new Ledger();
      const readers = [new EventReader(), new EventReader()];
      const any = () => {
        const daemons = members.flatMap(({ daemon }) => daemon ?? []);
        return daemons[Math.floor(random() * daemons.length)]!;
      };
      const underLoad = async (act: () => Promise<void>) => {
        const enough = new AbortController();
        const { signal } = enough;
        const life = new DemoLife(sandbox, 4);
        const tasks = [
          load(any, life, ledger, random, signal),
          ...readers.map((reader) => follow(any, reader, signal)),
        ];
        try {
          await act();
        } finally {
          enough.abort();
          await Promise.all(tasks);
        }
      };
      await run({ sandbox, members, ledger, readers, any, random, underLoad });
    }));
}

/** Places orders and gives them to the daemons, and takes some back. */
async function load(
  any: () => DaemonProcess,
  life: DemoLife,
  ledger: Ledger,
  random: () => number,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const { id } = life.place();
    // What was not acknowledged may have been stored, so it is asked again.
    while (!await ledger.watch(any(), id) && !signal.aborted) await pause(50);
    if (random() < 0.1) await ledger.remove(any(), id);
    await pause(random() * 200);
  }
}

/** Reads on and on, each time a few events from another daemon. */
async function follow(
  any: () => DaemonProcess,
  reader: EventReader,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const enough = reader.events.length + 20;
    const late = AbortSignal.any([signal, AbortSignal.timeout(5_000)]);
    await reader.read(any(), () => reader.events.length >= enough, late);
    // One who is refused tries again, but not at once.
    await pause(20);
  }
}

/**
 * Checks all that must be so, once every order has settled.
 *
 * @param haveLived Whether no daemon has ended meanwhile, and its counters with
 * it.
 */
async function checkAll(
  { ledger, members, readers, sandbox }: Setup,
  haveLived = false,
): Promise<void> {
  const daemons = members.map(({ daemon }) => daemon!);
  while (
    (await allWatches(daemons[0]!)).some(({ state }) => state !== "settled")
  ) await pause(500);
  assert(ledger.watched.size > 0);
  for (const daemon of daemons) {
    for (const reader of readers) await checkTold(daemon, ledger, reader);
  }
  if (haveLived) await checkCounters(daemons, readers[0]!);
  assertGreaterOrEqual(sandbox.requests.smallestGap(), MINIMUM_INTERVAL);
  const times = sandbox.requests.entries().map(({ arrivedAt }) => arrivedAt);
  const seconds = (times.at(-1)! - times[0]!) / 1000;
  assert(
    times.length <= 1 + RATE * (seconds + 1),
    `${times.length} questions in ${seconds} s`,
  );
  console.log(
    `${ledger.watched.size} watches acknowledged, ` +
      `${readers[0]!.events.length} events, ${times.length} questions`,
  );
  for (const daemon of daemons) assertEquals(await daemon.stop(), 0);
}

/** Whether each daemon asks about its part. */
async function areShared(members: readonly Member[]): Promise<boolean> {
  const counts = await Promise.all(
    members.map(({ daemon }) => watchingOf(daemon!)),
  );
  const fair = counts.reduce((sum, count) => sum + count) / counts.length;
  return counts.every((count) => Math.abs(count - fair) <= 1 + 0.2 * fair);
}

clusterTest("three daemons share the orders, and add up", async (setup) => {
  const { any, ledger, members, sandbox, underLoad } = setup;
  const waiting = Array.from(
    { length: 60 },
    () =>
      sandbox.orders.place({ script: [{ after: 0, status: "PROCESSING" }] }),
  );
  await underLoad(async () => {
    for (const id of waiting) {
      assert(await ledger.watch(members[0]!.daemon!, id));
    }
    while (!await areShared(members)) await pause(100);
    // Any of them answers for any order.
    for (const { daemon } of members) {
      const path = `/v1/orders/${waiting[0]}`;
      assertEquals(
        (await daemon!.json<{ id: string }>("GET", path)).id,
        waiting[0],
      );
    }
  });
  for (const id of waiting) sandbox.orders.set(id, { status: "VOID" });
  // Who waits at one daemon is told what another one has found out.
  for (const id of waiting) {
    const { outcome } = await any().json<{ outcome: string }>(
      "GET",
      `/v1/orders/${id}?wait=60`,
    );
    assertEquals(outcome, "void");
  }
  await checkAll(setup, true);
});

clusterTest(
  "daemons that are killed, stopped and paused lose nothing",
  async (setup) => {
    const { members, random, underLoad } = setup;
    const anyone = () => members[Math.floor(random() * members.length)]!;
    await underLoad(async () => {
      for (let round = 0; round < 2; round++) {
        await anyone().killFor(LONG);
        await anyone().stopFor(1_000);
        await anyone().pauseFor(LONG);
        await anyone().killFor(random() * 1_000);
        await anyone().pauseFor(random() * LONG);
      }
    });
    await checkAll(setup);
  },
);

clusterTest(
  "a database that goes away and comes back loses nothing",
  async (setup) => {
    const { members, random, underLoad } = setup;
    const anyone = () => members[Math.floor(random() * members.length)]!;
    await underLoad(async () => {
      for (let round = 0; round < 2; round++) {
        await anyone().cutOffFor(LONG, "refuse");
        await anyone().cutOffFor(LONG, "swallow");
        await server!.crash();
        await pause(random() * LONG);
        await server!.restart();
        await pause(2_000);
        await Promise.all(
          members.map((member) => member.cutOffFor(LONG, "swallow")),
        );
        await anyone().cutOffFor(random() * 1_000, "refuse");
      }
    });
    await checkAll(setup);
  },
);
