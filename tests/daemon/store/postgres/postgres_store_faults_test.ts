import { assert, assertEquals, assertRejects } from "@std/assert";
import { Connection } from "../../../../daemon/store/postgres/connection.ts";
import { parsePostgresUrl } from "../../../../daemon/store/postgres/address.ts";
import { LOCK_LAST_EVENT } from "../../../../daemon/store/postgres/statements.ts";
import { StoreError } from "../../../../daemon/store/store.ts";
import { until } from "../../../sandbox/testing.ts";
import { SharedStore } from "../../../helpers/store/postgres_place.ts";
import {
  type PostgresServer,
  startPostgres,
} from "../../../helpers/store/postgres_server.ts";
import { TcpProxy } from "../../../helpers/store/tcp_proxy.ts";
import {
  BEGAN,
  begun,
  changed,
  polled,
  settled,
  watches,
} from "../../../helpers/store/transitions.ts";

const { postgresTest } = await startPostgres();

const ID = "1642251003";

/** A store behind a network that can fail, and one that is always well. */
async function openBoth(server: PostgresServer, timeoutMs = 10_000) {
  const url = await server.makeDatabase();
  const proxy = new TcpProxy(server.port);
  const behind = server.urlOf(url.split("/").at(-1)!, proxy.port);
  const faulty = await SharedStore.open(behind, { timeoutMs });
  const well = await SharedStore.open(url);
  return {
    proxy,
    faulty,
    well,
    async [Symbol.asyncDispose]() {
      await faulty[Symbol.asyncDispose]();
      await well[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
    },
  };
}

/** Goes on as a daemon does, whether its lease has lasted or not. */
async function goOn(shared: SharedStore): Promise<void> {
  if (await shared.renew()) return;
  await shared.store.join();
  await shared.renew();
  await shared.claim();
}

/** Whether a commit is asked for, or is done, in what is sent. */
function hasCommit(bytes: Uint8Array): boolean {
  return new TextDecoder("latin1").decode(bytes).includes("COMMIT\0");
}

/** Holds back every query for events until a promise is resolved. */
function holdBackEvents(proxy: TcpProxy, released: Promise<void>): void {
  proxy.onSent = (bytes) => {
    const sent = new TextDecoder("latin1").decode(bytes);
    if (sent.includes("WHERE sequence > $1")) return released;
  };
}

/** Lets the next commit be done, and its answer be lost. */
function loseAnswerOfCommit(proxy: TcpProxy, onLost = () => {}): void {
  proxy.onReceived = (bytes) => {
    if (!hasCommit(bytes)) return false;
    proxy.onReceived = undefined;
    proxy.cut();
    onLost();
    return true;
  };
}

/** Loses the next commit on its way. */
function loseCommit(proxy: TcpProxy): void {
  proxy.onSent = (bytes) => {
    if (!hasCommit(bytes)) return false;
    proxy.onSent = undefined;
    proxy.cut();
    return true;
  };
}

postgresTest("a commit whose answer is lost is told once", async (server) => {
  await using both = await openBoth(server);
  const { proxy, faulty, well } = both;
  await faulty.store.watch([begun(ID), begun("2")]);
  const change = changed(begun(ID).watch);
  loseAnswerOfCommit(proxy);
  await assertRejects(() => faulty.store.update(change), StoreError);
  await faulty.store.relabel("2", "new", BEGAN);
  const next = settled(change.watch);
  assert(await faulty.store.update(next));
  await until(() => well.told.length >= faulty.told.length);
  assertEquals(faulty.told, await faulty.store.eventsAfter(0, 100));
  assertEquals(faulty.own, faulty.told);
  const types = faulty.told.filter(({ watch }) => watch.id === ID)
    .map(({ type }) => type);
  assertEquals(types, ["order.watched", "order.changed", "order.settled"]);
  assertEquals(well.told, faulty.told);
});

postgresTest(
  "what a lost answer was about is the store's own under a later lease",
  async (server) => {
    await using both = await openBoth(server);
    const { proxy, faulty, well } = both;
    await faulty.store.watch([begun(ID)]);
    const held = Promise.withResolvers<void>();
    loseAnswerOfCommit(proxy, () => holdBackEvents(proxy, held.promise));
    const last = settled(begun(ID).watch);
    await assertRejects(() => faulty.store.update(last), StoreError);
    await faulty.store.join();
    await faulty.renew();
    assertEquals(faulty.told.length, 1);
    held.resolve();
    await faulty.store.watch([begun("2")]);
    await until(() => well.told.length >= 3);
    assertEquals(faulty.told, await faulty.store.eventsAfter(0, 100));
    assertEquals(faulty.own, faulty.told);
    assertEquals(faulty.held.map(({ sequence }) => sequence), [1, 3]);
    assertEquals(well.own, []);
  },
);

postgresTest(
  "what waits for a commit that is not known of is refused if it is about the same",
  async (server) => {
    await using both = await openBoth(server);
    const { proxy, faulty } = both;
    await faulty.store.watch([begun(ID), begun("2")]);
    const change = changed(begun(ID).watch);
    const journal: string[] = [];
    const note = (name: string) => () => {
      journal.push(`${name} ${faulty.told.length}`);
    };
    let waiting: Promise<unknown> | undefined;
    loseAnswerOfCommit(proxy);
    proxy.onSent = (bytes) => {
      if (hasCommit(bytes)) {
        proxy.onSent = undefined;
        // The commit is under way, so that this waits for the next one.
        waiting = Promise.all([
          faulty.store.update(change).then(note("done"), note("refused")),
          faulty.store.relabel("2", "new", BEGAN).then(note("done")),
        ]);
      }
    };
    await faulty.store.update(change).then(note("done"), note("lost"));
    await waiting;
    // The event of the first is told by then; that of the other is the fourth.
    assertEquals(journal, ["lost 2", "refused 3", "done 4"]);
    assertEquals(faulty.journal, [
      "1 order.watched",
      "2 order.watched",
      "3 order.changed",
      "4 order.changed",
    ]);
  },
);

postgresTest(
  "a commit that was lost on its way has changed nothing",
  async (server) => {
    await using both = await openBoth(server);
    const { proxy, faulty, well } = both;
    await faulty.store.watch([begun(ID)]);
    const end = settled(begun(ID).watch);
    loseCommit(proxy);
    await assertRejects(
      () => faulty.store.update(end),
      StoreError,
      "the connection was lost",
    );
    assertEquals(await well.store.find(ID), begun(ID).watch);
    assert(await faulty.store.update(end));
    await until(() => well.told.length === 2);
    assertEquals(faulty.journal, ["1 order.watched", "2 order.settled"]);
  },
);

postgresTest(
  "who holds what is asked anew when a claim's answer is lost",
  async (server) => {
    await using both = await openBoth(server);
    const { proxy, faulty, well } = both;
    await well.store.watch([begun(ID), begun("2")]);
    await well.store.release(watches([ID, "2"]));
    loseAnswerOfCommit(proxy);
    await assertRejects(() => faulty.claim(), StoreError);
    assertEquals(faulty.claimed, []);
    // They are held, but by a lease that its daemon has to give up.
    assertEquals(await well.claim(), []);
    assertEquals(await faulty.renew(), undefined);
    assertEquals(await faulty.claim(), []);
    await faulty.store.join();
    await faulty.renew();
    assertEquals((await faulty.claim()).toSorted(), [ID, "2"]);
  },
);

postgresTest(
  "who holds what is asked anew when a release's answer is lost",
  async (server) => {
    await using both = await openBoth(server);
    const { proxy, faulty, well } = both;
    await faulty.store.watch([begun(ID)]);
    loseAnswerOfCommit(proxy);
    await assertRejects(() => faulty.store.release(watches([ID])), StoreError);
    await faulty.store.check();
    assertEquals(await faulty.renew(), undefined);
    assertEquals(await well.claim(), [ID]);
  },
);

postgresTest(
  "connections that are cut while idle are made anew",
  async (server) => {
    await using both = await openBoth(server);
    const { proxy, faulty, well } = both;
    for (let round = 1; round <= 5; round++) {
      proxy.cut();
      await faulty.store.watch([begun(String(round))]);
      proxy.cut();
      assert(await faulty.store.find(String(round)));
      proxy.cut();
      assert(await faulty.renew());
    }
    proxy.cut();
    await well.store.relabel("1", "new", BEGAN);
    await until(() => faulty.told.length === 6);
    assertEquals(well.told, faulty.told);
  },
);

postgresTest("nothing hangs in a network that swallows all", async (server) => {
  await using both = await openBoth(server, 1_500);
  const { proxy, faulty, well } = both;
  await faulty.store.watch([begun(ID)]);
  const { watch } = begun(ID);
  faulty.store.touch(polled(watch));
  proxy.swallow();
  const calls: (() => Promise<unknown>)[] = [
    () => faulty.store.update(settled(watch)),
    () => faulty.store.find(ID),
    () => faulty.renew(),
    () => faulty.store.join(),
    () => faulty.claim(),
    () => faulty.store.check(),
  ];
  const attempts = () =>
    Promise.all(
      calls.map((call) =>
        assertRejects(call, StoreError, "it has not answered within 1.5 s")
      ),
    );
  await attempts();
  // New connections are swallowed too.
  await attempts();
  await well.store.relabel(ID, "new", BEGAN);
  proxy.heal();
  await goOn(faulty);
  assert(await faulty.store.update(settled(watch)));
  await until(() => well.told.length === 3);
  assertEquals(faulty.told, well.told);
  assertEquals(faulty.journal, [
    "1 order.watched",
    "2 order.changed",
    "3 order.settled",
  ]);
});

postgresTest(
  "a store goes on when its server has crashed and is back",
  async (server) => {
    const url = await server.makeDatabase();
    await using one = await SharedStore.open(url);
    await using two = await SharedStore.open(url);
    const { watch } = begun(ID);
    await one.store.watch([begun(ID)]);
    const away = async () => {
      for (
        const call of [
          () => one.store.update(settled(watch)),
          () => one.store.counts(),
          () => two.renew(),
        ]
      ) {
        await assertRejects(
          call,
          StoreError,
          "Cannot use the database postgres:",
        );
      }
    };
    for (let round = 0; round < 2; round++) {
      await server.crash();
      await away();
      await away();
      await server.restart();
    }
    await goOn(one);
    assert(await one.store.update(settled(watch)));
    await until(() => two.told.length === 2);
    assertEquals(one.journal, ["1 order.watched", "2 order.settled"]);
    assertEquals(two.told, one.told);
  },
);

postgresTest(
  "a daemon that stops in a transaction holds nobody up for long",
  async (server) => {
    const url = await server.makeDatabase();
    await using one = await SharedStore.open(url);
    const paused = new Connection(parsePostgresUrl(url), { limit: 10_000 });
    await paused.run({ text: "BEGIN" }, LOCK_LAST_EVENT);
    await one.store.watch([begun(ID)]);
    assertEquals((await paused.tryAll(LOCK_LAST_EVENT))[0]?.status, "rejected");
    await paused.close();
  },
);

postgresTest(
  "a value that cannot be stored keeps no other from it",
  async (server) => {
    const url = await server.makeDatabase();
    await using one = await SharedStore.open(url);
    await one.store.watch([begun("1"), begun("2"), begun("3")]);
    const touched = polled(begun("3").watch);
    one.store.touch(touched);
    one.store.touch({ ...polled(begun("2").watch), polls: 0.5 });
    const change = changed(begun("2").watch);
    const bad = { ...change, watch: { ...change.watch, polls: NaN } };
    const outcomes = await Promise.allSettled([
      one.store.update(changed(begun("1").watch)),
      one.store.update(bad),
      one.store.relabel("3", "new", BEGAN),
    ]);
    assertEquals(outcomes.map(({ status }) => status), [
      "fulfilled",
      "rejected",
      "fulfilled",
    ]);
    assertEquals(one.journal.slice(3), ["4 order.changed", "5 order.changed"]);
    assertEquals(await one.store.find("2"), begun("2").watch);
    await one.store.check();
  },
);
