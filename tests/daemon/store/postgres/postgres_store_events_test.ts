import { assert, assertEquals } from "@std/assert";
import { openPostgresStore } from "../../../../daemon/store/postgres/postgres_store.ts";
import { systemClock } from "../../../../mod.ts";
import { until } from "../../../sandbox/testing.ts";
import { ALONE, SharedStore } from "../../../helpers/store/postgres_place.ts";
import { startPostgres } from "../../../helpers/store/postgres_server.ts";
import { closing } from "../../../helpers/store/sqlite_place.ts";
import { ids } from "../../../helpers/daemon/store_testing.ts";
import {
  BEGAN,
  begun,
  changed,
  settled,
  watches,
} from "../../../helpers/store/transitions.ts";

const { postgresTest } = await startPostgres();

postgresTest(
  "all stores tell all events, in one order, each once",
  async (server) => {
    const url = await server.makeDatabase();
    await using one = await SharedStore.open(url);
    await using two = await SharedStore.open(url);
    await using three = await SharedStore.open(url);
    const all = [one, two, three];
    const live = async ({ store }: SharedStore, id: string) => {
      await store.watch([begun(id)]);
      const change = changed(begun(id).watch);
      assert(await store.update(change));
      await all[Number(id) % 3]!.store.relabel(id, `label ${id}`, BEGAN);
      assert(await store.update(settled(change.watch)));
      if (Number(id) % 2 > 0) await all[0]!.store.remove(id, BEGAN);
    };
    await Promise.all(
      all.flatMap((each, at) =>
        ids(1000 * (at + 1), 1000 * (at + 1) + 39).map((id) => live(each, id))
      ),
    );
    const count = 3 * 40 * 4 + 3 * 20;
    await until(() => all.every(({ told }) => told.length >= count));
    const stored = await one.store.eventsAfter(0, 10_000);
    assertEquals(
      stored.map(({ sequence }) => sequence),
      ids(1, count).map(Number),
    );
    for (const [at, { told, own }] of all.entries()) {
      assertEquals(told, stored);
      // Its own are those of the orders that it was asked to watch.
      const isOwn = (id: string) => Math.floor(Number(id) / 1000) === at + 1;
      assertEquals(own, stored.filter(({ watch }) => isOwn(watch.id)));
    }
  },
);

postgresTest(
  "what was done is told before it is done, with all before it",
  async (server) => {
    const url = await server.makeDatabase();
    await using one = await SharedStore.open(url);
    await using two = await SharedStore.open(url);
    for (let round = 0; round < 20; round++) {
      const store = round % 2 > 0 ? one : two;
      await store.store.watch([begun(String(round + 1))]);
      assertEquals(
        store.told.map(({ sequence }) => sequence),
        ids(1, round + 1).map(Number),
      );
    }
  },
);

postgresTest(
  "a store that has missed much tells it all, then goes on",
  async (server) => {
    const url = await server.makeDatabase();
    await using one = await SharedStore.open(url);
    await one.store.watch(ids(1, 10_000).map((id) => begun(id)));
    // Opened with nothing told, as after a long pause.
    const database = url.split("/").at(-1)!;
    await server.psql(
      database,
      "CREATE TABLE kept AS TABLE callfire_orders.last_event",
    );
    await server.psql(
      database,
      "UPDATE callfire_orders.last_event SET sequence = 0",
    );
    const late = await openPostgresStore(url, systemClock);
    await using _closed = closing(late);
    const told: number[] = [];
    late.subscribe({
      onEvents(events, own) {
        assertEquals(own, []);
        told.push(...events.map(({ sequence }) => sequence));
      },
    });
    await server.psql(
      database,
      "UPDATE callfire_orders.last_event SET sequence = (SELECT sequence FROM kept)",
    );
    await late.relabel("1", "new", BEGAN);
    assertEquals(told, ids(1, 10_001).map(Number));
  },
);

postgresTest(
  "events are told between the claims that they are not in",
  async (server) => {
    const url = await server.makeDatabase();
    await using one = await SharedStore.open(url);
    await using two = await SharedStore.open(url);
    const journal: string[] = [];
    two.store.subscribe({
      onEvents(events, own) {
        for (const { type, watch } of events) {
          journal.push(
            `${own.some((event) => event.watch.id === watch.id)} ${type}`,
          );
        }
      },
    });
    await one.store.watch(ids(1, 50).map((id) => begun(id)));
    await one.store.relabel("1", "before", BEGAN);
    const released = one.store.release(watches(ids(1, 50)));
    await released;
    const claimed = two.store.claim(100, (watches) => {
      journal.push(`claimed ${watches.length}`);
      const first = watches.find(({ id }) => id === "1");
      journal.push(String(first?.label));
    });
    await claimed;
    await one.store.relabel("1", "after", BEGAN);
    await until(() => journal.length >= 54);
    assertEquals(journal, [
      ...Array(50).fill("false order.watched"),
      "false order.changed",
      "claimed 50",
      "before",
      "true order.changed",
    ]);
  },
);

postgresTest(
  "events of a watch that is gone are dropped when they are old",
  async (server) => {
    const url = await server.makeDatabase();
    const store = await openPostgresStore(url, systemClock, { keptEvents: 10 });
    await using _closed = closing(store);
    await store.join();
    await store.renew(ALONE);
    let { watch } = begun("1");
    await store.watch([begun("1")]);
    const changes = ids(1, 500).map(() => {
      const transition = changed(watch);
      watch = transition.watch;
      return transition;
    });
    await Promise.all(changes.map((change) => store.update(change)));
    await store.remove("1", BEGAN);
    await store.watch(ids(1000, 1009).map((id) => begun(id)));
    const counts: number[] = [];
    for (let commit = 0; commit < 8; commit++) {
      const kept = await store.eventsAfter(0, 1_000_000);
      // The removal is the 502nd event, and goes when it is all that is left.
      const told = kept.map(({ sequence }) => sequence)
        .filter((sequence) => sequence <= 502);
      assertEquals(told.at(-1) ?? 502, 502);
      counts.push(told.length);
      await store.relabel("1000", `label ${commit}`, BEGAN);
    }
    assertEquals(counts, [382, 280, 178, 76, 0, 0, 0, 0]);
  },
);
