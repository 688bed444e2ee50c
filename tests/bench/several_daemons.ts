/**
 * What daemons do together that share a PostgreSQL database: how many polls,
 * at how many statements, and how soon one's orders are another's when it dies.
 *
 * @module
 */

import { PostgresServer } from "../helpers/store/postgres_server.ts";
import { type Sandbox, startSandbox } from "../sandbox/sandbox.ts";
import {
  areShared,
  type CommonOptions,
  Member,
} from "../helpers/system/several_daemons.ts";
import type { DaemonProcess } from "../helpers/system/daemon_process.ts";
import { type Benchmark, inTurn, type Measurement } from "./benchmark.ts";
import { startServer } from "./processes.ts";
import { pause } from "../helpers/system/pause.ts";
import { FIRST_ID, loginOf, pollsOf } from "./watched_daemon.ts";

/** Counts statements. */
const STATISTICS = "pg_stat_statements";

/** As many as one request may hold. */
const BATCH = 10_000;

/** How many pairs of daemons are ended side by side. */
const PAIRS = 5;

/** How many orders a daemon watches that is ended. */
const HELD = 20;

/** The benchmark. */
export const severalDaemons: Benchmark = {
  name: "several-daemons",
  about:
    "daemons that share a PostgreSQL database: polls, statements, takeover",
  missing() {
    return PostgresServer.programs
      ? undefined
      : "PostgreSQL is not installed: apt-get install postgresql";
  },
  async run({ quick }) {
    const server = await PostgresServer.start(PostgresServer.programs!, [
      `shared_preload_libraries=${STATISTICS}`,
    ]);
    return [
      ...await pollsTogether(server, quick),
      ...await takeovers(server, quick),
    ];
  },
};

async function pollsTogether(
  server: PostgresServer,
  quick: boolean,
): Promise<Measurement[]> {
  const orders = quick ? 300 : 10_000;
  const duration = quick ? 1000 : 5000;
  await using callfire = await startServer("answer_server.ts", ["PROCESSING"]);
  const ask = (daemons: number) => () =>
    askTogether(server, callfire.url, daemons, orders, duration);
  const { one, two, three } = await inTurn(quick ? 1 : 3, {
    one: ask(1),
    two: ask(2),
    three: ask(3),
  });
  const rates = (asked: typeof one) => asked.map(({ rate }) => rate);
  const perPoll = (asked: typeof one) => asked.map((it) => it.statements);
  const baseline = { what: "1 daemon", figures: rates(one) };
  return [
    { daemons: 2, asked: two },
    { daemons: 3, asked: three },
  ].map(({ daemons, asked }): Measurement => ({
    what: `polls of ${daemons} daemons that share PostgreSQL`,
    unit: "a second",
    figures: rates(asked),
    baseline,
  })).concat([
    { daemons: "1 daemon", asked: one },
    { daemons: "3 daemons", asked: three },
  ].map(({ daemons, asked }) => ({
    what: `statements to PostgreSQL for a poll, ${daemons}`,
    unit: "statements",
    figures: perPoll(asked),
    aim: { of: "figure", atMost: 0.05 },
  })));
}

async function askTogether(
  server: PostgresServer,
  callfire: string,
  count: number,
  orders: number,
  duration: number,
) {
  await using cluster = await Cluster.start(count, server, loginOf(callfire));
  const { daemons, database } = cluster;
  await server.psql(database, `CREATE EXTENSION ${STATISTICS}`);
  const ids = Array.from({ length: orders }, (_, at) => `${FIRST_ID + at}`);
  await watchAll(daemons[0]!, ids);
  while (!await areShared(daemons, orders)) await pause(100);
  // A first answer is a change, and has to be stored.
  while ((await seen()).polls < 2 * orders) await pause(100);
  const before = await seen();
  await pause(duration);
  const after = await seen();
  const polls = after.polls - before.polls;
  return {
    rate: polls * 1000 / (after.at - before.at),
    statements: (after.statements - before.statements) / polls,
  };

  async function seen() {
    const polls = await Promise.all(daemons.map(pollsOf));
    const statements = await server.psql(
      database,
      `SELECT sum(calls) FROM ${STATISTICS} JOIN pg_database AS d
        ON dbid = d.oid WHERE datname = '${database}'`,
    );
    return {
      at: performance.now(),
      polls: polls.reduce((sum, some) => sum + some, 0),
      statements: Number(statements),
    };
  }
}

async function takeovers(
  server: PostgresServer,
  quick: boolean,
): Promise<Measurement[]> {
  const pairs = quick ? 1 : PAIRS;
  const time = async (signal: "SIGKILL" | "SIGTERM", ends: number) => {
    const times = await Promise.all(
      Array.from({ length: pairs }, () => endOneOfTwo(server, signal, ends)),
    );
    return times.flat();
  };
  const killed = await time("SIGKILL", quick ? 1 : 10);
  const stopped = await time("SIGTERM", quick ? 1 : 4);
  return [{
    what: `takeover of the orders of a daemon that is killed`,
    unit: "ms",
    figures: killed,
  }, {
    what: `takeover, the slowest of ${killed.length}`,
    unit: "ms",
    figures: [Math.max(...killed)],
    aim: { of: "figure", atMost: 10_000 },
  }, {
    what: "takeover of the orders of a daemon that is stopped",
    unit: "ms",
    figures: stopped,
  }];
}

/** From each end of one daemon until all its orders are asked about again. */
async function endOneOfTwo(
  server: PostgresServer,
  signal: "SIGKILL" | "SIGTERM",
  ends: number,
): Promise<number[]> {
  await using sandbox = await startSandbox();
  await using cluster = await Cluster.start(2, server, sandbox);
  const times: number[] = [];
  for (let end = 0; end < ends; end++) {
    const ids = Array.from(
      { length: HELD },
      () =>
        sandbox.orders.place({ script: [{ after: 0, status: "PROCESSING" }] }),
    );
    const [ended, other] = cluster.members;
    await watchAll(ended!.daemon!, ids);
    while (!await areShared(cluster.daemons, HELD)) await pause(100);
    // In the middle of its work, and young enough to be asked every second.
    await pause(1_000 + Math.random() * 1_000);
    const endedAt = performance.now();
    const again = signal === "SIGKILL" ? ended!.killFor(0) : ended!.stopFor(0);
    times.push(await allAskedSince(sandbox, ids, endedAt) - endedAt);
    await again;
    for (const id of ids) await forget(other!.daemon!, id);
  }
  return times;
}

/** When the last of some orders is asked about for the first time since. */
async function allAskedSince(
  { requests }: Sandbox,
  ids: readonly string[],
  since: number,
): Promise<number> {
  for (;;) {
    const first = ids.map((id) =>
      requests.entries(id).find(({ arrivedAt }) => arrivedAt > since)?.arrivedAt
    );
    if (!first.includes(undefined)) return Math.max(...first as number[]);
    await pause(20);
  }
}

/** Daemons that share a database of their own. */
class Cluster implements AsyncDisposable {
  readonly database: string;
  readonly members: readonly Member[];
  readonly #folder: string;

  private constructor(
    database: string,
    members: readonly Member[],
    folder: string,
  ) {
    this.database = database;
    this.members = members;
    this.#folder = folder;
  }

  static async start(
    count: number,
    server: PostgresServer,
    sandbox: CommonOptions["sandbox"],
  ): Promise<Cluster> {
    const folder = await Deno.makeTempDir({ prefix: "callfire-orders-" });
    const database = (await server.makeDatabase()).split("/").at(-1)!;
    const args = ["--max-requests-per-second=0"];
    const members = Array.from(
      { length: count },
      () => new Member({ sandbox, folder, server, database, args }),
    );
    await Promise.all(members.map((member) => member.start()));
    return new Cluster(database, members, folder);
  }

  get daemons(): DaemonProcess[] {
    return this.members.flatMap(({ daemon }) => daemon ?? []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const member of this.members) await member[Symbol.asyncDispose]();
    await Deno.remove(this.#folder, { recursive: true });
  }
}

async function watchAll(
  daemon: DaemonProcess,
  ids: readonly string[],
): Promise<void> {
  for (let from = 0; from < ids.length; from += BATCH) {
    const orders = ids.slice(from, from + BATCH).map((id) => ({ id }));
    await daemon.json("POST", "/v1/orders", { orders });
  }
}

async function forget(daemon: DaemonProcess, id: string): Promise<void> {
  const response = await daemon.fetch(`/v1/orders/${id}`, { method: "DELETE" });
  await response.body?.cancel();
}
