import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../../../mod.ts";
import { runOut, SharedStore } from "../../../helpers/store/postgres_place.ts";
import { startPostgres } from "../../../helpers/store/postgres_server.ts";
import { TcpProxy } from "../../../helpers/store/tcp_proxy.ts";
import { begun } from "../../../helpers/store/transitions.ts";
import { addTo, endpointOf } from "../contract/webhook_store.ts";

const { postgresTest } = await startPostgres();

/** Renews leases at once; answers which of them deliver then. */
async function delivering(...stores: SharedStore[]): Promise<SharedStore[]> {
  const standings = await Promise.all(stores.map((one) => one.renew()));
  return stores.filter((_, at) => standings[at]?.delivers);
}

/** What a store tells that others have changed. */
function heardBy({ store }: SharedStore) {
  const named: (readonly string[])[] = [];
  let times = 0;
  store.webhooks.subscribe((ids) => {
    if (ids) named.push(ids);
    else times++;
  });
  return {
    /** Which it was told of next by their names. */
    async next(): Promise<readonly string[]> {
      while (named.length === 0) await systemClock.sleep(5);
      return named.shift()!;
    },
    /** Waits until it is told that anything can have changed. */
    async anything(): Promise<void> {
      for (const before = times; times === before;) await systemClock.sleep(5);
    },
  };
}

postgresTest(
  "of leases that live one delivers, until it ends or its time is over",
  async (server) => {
    const url = await server.makeDatabase();
    await using incapable = await SharedStore.open(url);
    // The first one has taken it as it was opened, and has nothing to send.
    await incapable.store.leave();
    incapable.canDeliver = false;
    const { number } = await incapable.store.join();
    assertEquals(await delivering(incapable), []);
    const stores = await Promise.all(
      Array.from({ length: 4 }, () => SharedStore.open(url)),
    );
    try {
      const [first] = await delivering(...stores);
      assert(first);
      for (let round = 0; round < 5; round++) {
        assertEquals(await delivering(...stores, incapable), [first]);
      }
      // A new lease of the same daemon does not have what the former had.
      await first.store.join();
      const others = stores.filter((one) => one !== first);
      const [second] = await delivering(...others);
      assert(second);
      assertEquals(await delivering(...stores), [second]);
      await second.store.leave();
      const rest = stores.filter((one) => one !== second);
      const third = await delivering(...rest);
      assertEquals(third.length, 1);
      await runOut(server, url, `number <> ${number}`);
      assertEquals(await delivering(incapable), []);
      // Whoever finds its lease to be over has nothing by it.
      assertEquals(await third[0]!.renew(), undefined);
      await third[0]!.store.join();
      assertEquals(await delivering(third[0]!), third);
    } finally {
      await Promise.all(stores.map((one) => one[Symbol.asyncDispose]()));
    }
  },
);

postgresTest(
  "a daemon that delivers no more stores no progress",
  async (server) => {
    const url = await server.makeDatabase();
    await using old = await SharedStore.open(url);
    const { endpoint } = await addTo(old.store, endpointOf());
    await old.store.watch([begun("1"), begun("2"), begun("3")]);
    const { number } = await old.store.join();
    assertEquals(await delivering(old), [old]);
    const cursor = async () =>
      (await old.store.webhooks.loadEndpoints())[0]?.cursor;
    const save = ({ store }: SharedStore, at: number) =>
      store.webhooks.saveProgress([{ ...endpoint, cursor: at }]);
    await save(old, 1);
    assertEquals(await cursor(), 1);
    await using next = await SharedStore.open(url);
    await save(next, 3);
    assertEquals(await cursor(), 1);
    // Its time is over, but as long as nobody else delivers it may store.
    await runOut(server, url, `number <> ${number + 1}`);
    await save(old, 2);
    assertEquals(await cursor(), 2);
    assertEquals(await delivering(next), [next]);
    await save(old, 3);
    assertEquals(await cursor(), 2);
    await save(next, 3);
    assertEquals(await cursor(), 3);
  },
);

postgresTest(
  "nobody waits for a daemon that stores what it has delivered",
  async (server) => {
    const url = await server.makeDatabase();
    await using old = await SharedStore.open(url);
    await old.store.leave();
    const database = url.split("/").at(-1)!;
    const storing = server.psql(
      database,
      "BEGIN; SELECT FROM callfire_orders.deliverer FOR SHARE; " +
        "SELECT pg_sleep(3); COMMIT",
    );
    const isStoring = "SELECT count(*) FROM pg_locks " +
      "WHERE relation = 'callfire_orders.deliverer'::regclass " +
      "AND mode = 'RowShareLock' AND pid <> pg_backend_pid()";
    while (await server.psql(database, isStoring) === "0");
    await using next = await SharedStore.open(url);
    assertEquals(await delivering(next), []);
    await storing;
    assertEquals(await delivering(next), [next]);
  },
);

postgresTest(
  "a daemon hears which endpoints another one has changed",
  async (server) => {
    const url = await server.makeDatabase();
    await using one = await SharedStore.open(url);
    await using proxy = new TcpProxy(server.port);
    const database = url.split("/").at(-1)!;
    await using other = await SharedStore.open(
      server.urlOf(database, proxy.port),
    );
    const heard = heardBy(other);
    const { webhooks } = one.store;
    const { endpoint: { id, secrets } } = await addTo(one.store, endpointOf());
    assertEquals(await heard.next(), [id]);
    await webhooks.saveSecrets(id, [], secrets);
    assertEquals(await heard.next(), [id]);
    // Nothing was changed by these, nor is what is delivered news.
    await webhooks.saveSecrets(id, [], secrets);
    await webhooks.removeEndpoint("wh_none");
    await webhooks.saveProgress([{ ...endpointOf({ id }), cursor: 0 }]);
    await webhooks.resumeEndpoint(id, 0);
    assertEquals(await heard.next(), [id]);
    // What it may have missed can be anything.
    proxy.cut();
    await heard.anything();
    await webhooks.removeEndpoint(id);
    assertEquals(await heard.next(), [id]);
  },
);
