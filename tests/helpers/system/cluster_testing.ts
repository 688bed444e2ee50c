/**
 * What the tests of several daemons share: three of them on one PostgreSQL
 * database, under load, and a receiver that they tell of every event.
 *
 * @module
 */

import { assert, assertEquals, assertGreaterOrEqual } from "@std/assert";
import { MIN_INTERVAL_MS } from "../../../mod.ts";
import { seededRandom } from "../client/random.ts";
import { LONG_TEST_HUNG } from "../client/testing.ts";
import { WebhookReceiver } from "../api/webhook_receiver.ts";
import {
  type PostgresServer,
  startPostgres,
} from "../store/postgres_server.ts";
import { DemoLife } from "../../sandbox/demo_life.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import {
  allWatches,
  checkCounters,
  checkTold,
  Ledger,
} from "./conservation.ts";
import { type DaemonProcess, withFolder } from "./daemon_process.ts";
import { EventReader } from "./event_reader.ts";
import { pause } from "./pause.ts";
import { placeOrders } from "./place_orders.ts";
import { delivererOf, Member } from "./several_daemons.ts";
import {
  checkAllCame,
  getWebhook,
  register,
  sentTo,
  verifyAll,
} from "./webhooks_testing.ts";

/** How many daemons there are. */
const DAEMONS = 3;

/** Questions a second, over all daemons. */
const RATE = 40;

/** Longer than a lease lasts, in milliseconds. */
export const LONG = 7_000;

const { postgresTest } = await startPostgres();

/** What a test of several daemons works with. */
export interface ClusterSetup {
  /** Where the database is. */
  server: PostgresServer;
  /** The CallFire that is asked. */
  sandbox: Sandbox;
  /** The daemons. */
  members: Member[];
  /** Who is given to them. */
  ledger: Ledger;
  /** Those who read events, here and there. */
  readers: EventReader[];
  /** Who is told of every event, from the first one on. */
  receiver: WebhookReceiver;
  /** The endpoint that this is. */
  webhook: { id: string; secret: string };
  /** Any daemon that runs. */
  any(): DaemonProcess;
  /** Any of them, whether it runs or not. */
  anyMember(): Member;
  /** Chance, by the seed of the test. */
  random(): number;
  /** Lets orders come and be read about while something is done. */
  underLoad(act: () => Promise<void>): Promise<void>;
}

/** Adds a test, which is skipped where there is no PostgreSQL. */
export function clusterTest(
  name: string,
  run: (setup: ClusterSetup) => Promise<void>,
): void {
  const runAll = (server: PostgresServer) =>
    withFolder(async (folder) => {
      const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
      console.log(`the seed is ${seed}`);
      const random = seededRandom(seed);
      const url = await server.makeDatabase();
      await using sandbox = await startSandbox();
      await using receiver = new WebhookReceiver();
      await using stack = new AsyncDisposableStack();
      const members = Array.from({ length: DAEMONS }, () =>
        stack.use(
          new Member({
            sandbox,
            folder,
            server,
            database: url.split("/").at(-1)!,
            args: [
              `--max-requests-per-second=${RATE}`,
              `--webhook-hosts=${receiver.host}`,
            ],
          }),
        ));
      await Promise.all(members.map((member) => member.start()));
      const webhook = await register(members[0]!.daemon!, receiver.url);
      const ledger = new Ledger();
      const readers = [new EventReader(), new EventReader()];
      const any = () => {
        const daemons = members.flatMap(({ daemon }) => daemon ?? []);
        return daemons[Math.floor(random() * daemons.length)]!;
      };
      const anyMember = () => members[Math.floor(random() * members.length)]!;
      const underLoad = async (act: () => Promise<void>) => {
        const enough = new AbortController();
        const { signal } = enough;
        const life = new DemoLife(sandbox, 4);
        const tasks = [
          placeOrders({ any, life, ledger, random, longestPause: 200, signal }),
          ...readers.map((reader) => follow(any, reader, signal)),
        ];
        try {
          await act();
        } finally {
          enough.abort();
          await Promise.all(tasks);
        }
      };
      await run({
        server,
        sandbox,
        members,
        ledger,
        readers,
        receiver,
        webhook,
        any,
        anyMember,
        random,
        underLoad,
      });
    });
  postgresTest(name, runAll, LONG_TEST_HUNG);
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
export async function checkAll(
  { ledger, members, readers, receiver, sandbox, webhook }: ClusterSetup,
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
  const { events } = readers[0]!;
  await delivererOf(members);
  for (const daemon of daemons) {
    while ((await getWebhook(daemon, webhook.id)).backlog !== 0) {
      await pause(100);
    }
  }
  checkAllCame(receiver, events);
  verifyAll(sentTo(webhook.id, receiver.received), webhook.secret);
  assertGreaterOrEqual(sandbox.requests.smallestGap(), MIN_INTERVAL_MS);
  const times = sandbox.requests.entries().map(({ arrivedAt }) => arrivedAt);
  const seconds = (times.at(-1)! - times[0]!) / 1000;
  assert(
    times.length <= 1 + RATE * (seconds + 1),
    `${times.length} questions in ${seconds} s`,
  );
  console.log(
    `${ledger.watched.size} watches acknowledged, ` +
      `${events.length} events, ${receiver.received.length} webhooks, ` +
      `${times.length} questions`,
  );
  for (const daemon of daemons) assertEquals(await daemon.stop(), 0);
}
