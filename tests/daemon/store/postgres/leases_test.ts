import { assert, assertEquals, assertLess } from "@std/assert";
import { openPostgresStore } from "../../../../daemon/store/postgres/postgres_store.ts";
import { limitWindow } from "../../../../daemon/polling/request_limit.ts";
import { MIN_INTERVAL_MS, systemClock } from "../../../../mod.ts";
import {
  BEGAN,
  begun,
  changed,
  polled,
  settled,
  watches,
} from "../../../helpers/store/transitions.ts";
import { ids } from "../../../helpers/daemon/store_testing.ts";
import { runOut, SharedStore } from "../../../helpers/store/postgres_place.ts";
import { startPostgres } from "../../../helpers/store/postgres_server.ts";

const { postgresTest } = await startPostgres();

const ID = "1642251003";

postgresTest(
  "a lease has a number of its own, and the store's date",
  async (server) => {
    const url = await server.makeDatabase();
    await using one = await SharedStore.open(url);
    await using two = await SharedStore.open(url);
    const first = await one.store.join();
    const second = await two.store.join();
    const third = await one.store.join();
    assertLess(first.number, second.number);
    assertLess(second.number, third.number);
    const standing = await one.renew();
    assert(standing);
    for (const date of [first.date, third.date, standing.date]) {
      assertLess(Math.abs(date - Date.now()), 60_000);
    }
    assertLess(third.date, standing.date);
    assertEquals(standing.daemons, 2);
    const store = await openPostgresStore(url, systemClock);
    assertEquals((await store.join()).duration, 5_000);
    await store.close();
  },
);

postgresTest("no order is claimed by two", async (server) => {
  const url = await server.makeDatabase();
  await using one = await SharedStore.open(url);
  await using two = await SharedStore.open(url);
  await using three = await SharedStore.open(url);
  const all = [one, two, three];
  await using departed = await SharedStore.open(url);
  await departed.store.watch(ids(1, 2_500).map((id) => begun(id)));
  await departed.store.leave();
  assertEquals(await departed.claim(), []);
  const claims = await Promise.all(
    all.flatMap((each) => Array.from({ length: 10 }, () => each.claim(50))),
  );
  assertEquals(claims.flat().length, 1_500);
  assertEquals(new Set(claims.flat()).size, 1_500);
  const rest = await Promise.all(all.map((each) => each.claim()));
  assertEquals(
    [...claims, ...rest].flat().toSorted((a, b) => Number(a) - Number(b)),
    ids(1, 2_500),
  );
  assertEquals(await one.claim(), []);
});

postgresTest("those due first are claimed first", async (server) => {
  const url = await server.makeDatabase();
  await using one = await SharedStore.open(url);
  await one.store.watch(
    ["3", "1", "2"].map((id) => begun(id, { at: BEGAN + Number(id) })),
  );
  await one.store.watch([begun("4", { at: BEGAN + 4 })]);
  await one.store.update(settled(begun("1", { at: BEGAN + 1 }).watch));
  await one.store.release(
    ids(1, 4).map((id) => begun(id, { at: BEGAN + Number(id) }).watch),
  );
  await using two = await SharedStore.open(url);
  assertEquals(await two.claim(1), ["2"]);
  assertEquals(await two.claim(5), ["3", "4"]);
});

postgresTest(
  "nothing is stored by a lease that has lost the order",
  async (server) => {
    const url = await server.makeDatabase();
    await using old = await SharedStore.open(url);
    const { number } = await old.store.join();
    await old.renew();
    const { watch } = begun(ID);
    await old.store.watch([begun(ID), begun("2")]);
    // It is paused, and another takes over.
    await runOut(server, url, `number = ${number}`);
    await using successor = await SharedStore.open(url);
    const standing = await successor.renew();
    assertEquals(standing?.free, 2);
    assertEquals(standing?.daemons, 1);
    assertEquals((await successor.claim()).toSorted(), [ID, "2"]);
    const change = changed(watch);
    assert(await successor.store.update(change));
    // It goes on.
    old.store.touch(polled(polled(begun("2").watch)));
    assertEquals(await old.store.update(changed(change.watch)), false);
    assertEquals(await old.store.update(settled(watch)), false);
    assertEquals(await old.renew(), undefined);
    await old.store.check();
    assertEquals(await old.store.find(ID), change.watch);
    assertEquals(await old.store.find("2"), begun("2").watch);
    await old.store.release(watches([ID, "2"]));
    assertEquals(await old.claim(), []);
    assertEquals((await successor.renew())?.free, 0);
    // A new lease does not give it back what it had.
    await old.store.join();
    await old.renew();
    assertEquals(await old.store.update(settled(watch)), false);
    assert(await successor.store.update(settled(change.watch)));
    assertEquals(successor.journal, [
      "3 order.changed",
      "4 order.settled",
    ]);
  },
);

postgresTest(
  "a clock that is set back brings no lease to life again",
  async (server) => {
    const url = await server.makeDatabase();
    await using old = await SharedStore.open(url);
    const { number } = await old.store.join();
    await old.renew();
    await old.store.watch([begun(ID)]);
    await runOut(server, url, `number = ${number}`);
    await using successor = await SharedStore.open(url);
    assertEquals(await successor.claim(), [ID]);
    await server.psql(
      url.split("/").at(-1)!,
      "UPDATE callfire_orders.daemons SET lease_until = now() + interval '1 hour'",
    );
    assertEquals(await old.renew(), undefined);
  },
);

postgresTest(
  "an order is its own again to a daemon that leaves, for others",
  async (server) => {
    const url = await server.makeDatabase();
    await using one = await SharedStore.open(url);
    await using two = await SharedStore.open(url);
    const { watch } = begun(ID);
    await one.store.watch([begun(ID)]);
    one.store.touch(polled(watch));
    assertEquals(await two.claim(), []);
    await one.store.leave();
    assertEquals(await two.claim(), [ID]);
    assertEquals(two.claimed, [polled(watch)]);
    await using three = await SharedStore.open(url);
    await two.store.close();
    assertEquals(await three.claim(), [ID]);
  },
);

postgresTest(
  "what is released goes with its last poll, and can be claimed",
  async (server) => {
    const url = await server.makeDatabase();
    await using one = await SharedStore.open(url);
    await using two = await SharedStore.open(url);
    await one.store.watch(ids(1, 3).map((id) => begun(id)));
    const touched = polled(polled(begun("2").watch));
    one.store.touch(touched);
    await one.store.release([touched, begun("7").watch]);
    assertEquals((await two.renew())?.free, 1);
    assertEquals(await two.claim(), ["2"]);
    assertEquals(two.claimed, [touched]);
    assertEquals(await one.store.update(changed(touched)), false);
    assert(await two.store.update(changed(touched)));
  },
);

postgresTest(
  "an order that is watched anew goes to whoever asked about it",
  async (server) => {
    const url = await server.makeDatabase();
    await using one = await SharedStore.open(url);
    await using two = await SharedStore.open(url);
    await one.store.watch([begun(ID)]);
    await two.store.remove(ID, BEGAN);
    await two.store.watch([begun(ID, { at: BEGAN + 1 })]);
    await two.store.watch([begun("2")]);
    await one.store.check();
    assertEquals(one.own.map(({ type, watch }) => `${type} ${watch.id}`), [
      `order.watched ${ID}`,
      `order.removed ${ID}`,
      `order.watched ${ID}`,
    ]);
    assertEquals(two.own.map(({ type, watch }) => `${type} ${watch.id}`), [
      "order.watched 2",
    ]);
    // Even if it is done all at once.
    await Promise.all([
      two.store.remove(ID, BEGAN + 2),
      two.store.watch([begun(ID, { at: BEGAN + 3 })]),
    ]);
    await one.store.check();
    assertEquals(one.own.length, 5);
    // One that has gone cannot tell when it last asked, so it is waited.
    await two.store.remove(ID, BEGAN + 4);
    await one.store.leave();
    await two.store.watch([begun(ID, { at: BEGAN + 5 })]);
    assertEquals(two.own.length, 1);
    assertEquals(await two.claim(), [ID]);
    // After a minute nobody has.
    await two.store.remove(ID, BEGAN + 6);
    await server.psql(
      url.split("/").at(-1)!,
      "UPDATE callfire_orders.removals SET removed_at = removed_at - " +
        "interval '61 s', daemon = 999",
    );
    await two.store.watch([begun(ID, { at: BEGAN + 7 })]);
    assertEquals(two.own.length, 3);
  },
);

postgresTest(
  "an order is nobody's that a daemon without slots begins to watch",
  async (server) => {
    const url = await server.makeDatabase();
    await using first = await SharedStore.open(url, {
      maxRequestsPerSecond: 1,
    });
    await using second = await SharedStore.open(url, {
      maxRequestsPerSecond: 1,
    });
    await second.store.watch([begun("1")]);
    await second.store.join();
    await second.store.watch([begun("2")]);
    await second.store.leave();
    await second.store.watch([begun("3")]);
    assertEquals(second.own, []);
    assertEquals((await first.claim()).toSorted(), ["1", "2", "3"]);
  },
);

postgresTest(
  "slots are never more than the limit's worth, together",
  async (server) => {
    const url = await server.makeDatabase();
    const limit = 10;
    const using = new Map<SharedStore, number>();
    const stores: SharedStore[] = [];
    const renewAll = async () => {
      for (const one of stores) {
        const standing = await one.renew(limit, using.get(one) ?? 0);
        assert(standing);
        // Nobody uses more than it was given, nor what it ought to give up; the
        // last window is over when it says so.
        using.set(one, Math.min(standing.slots, standing.fairSlots));
        const promised = await server.psql(
          url.split("/").at(-1)!,
          "SELECT coalesce(sum(slots), 0) FROM callfire_orders.daemons " +
            "WHERE coalesce(ended_at, lease_until) > clock_timestamp() - " +
            `interval '${MIN_INTERVAL_MS} milliseconds'`,
        );
        assertLess(Number(promised), limit + 1);
      }
    };
    const sizes = () => stores.map((one) => using.get(one));
    for (let count = 0; count < 3; count++) {
      stores.push(await SharedStore.open(url, { maxRequestsPerSecond: limit }));
      for (let round = 0; round < 3; round++) await renewAll();
    }
    assertEquals(sizes(), [4, 3, 3]);
    const [first] = stores.splice(0, 1);
    await first!.store.close();
    const endedAt = (when: string) =>
      server.psql(
        url.split("/").at(-1)!,
        "UPDATE callfire_orders.daemons SET ended_at = clock_timestamp() + " +
          `interval '${when}' WHERE ended_at IS NOT NULL`,
      );
    // For a window they are as good as used.
    await endedAt("1 hour");
    await renewAll();
    assertEquals(sizes(), [3, 3]);
    await endedAt(`-${limitWindow(limit) + 1} milliseconds`);
    await renewAll();
    assertEquals(sizes(), [5, 5]);
    for (const { store } of stores) await store.close();
  },
);

postgresTest(
  "each is told how many orders it ought to hold",
  async (server) => {
    const url = await server.makeDatabase();
    await using one = await SharedStore.open(url);
    await one.store.watch(ids(1, 101).map((id) => begun(id)));
    assertEquals((await one.renew())?.fairHeld, 101);
    await using two = await SharedStore.open(url);
    for (const each of [one, two]) {
      const standing = await each.renew();
      assertEquals(standing?.fairHeld, 51);
      assertEquals(standing?.slots, Infinity);
      assertEquals(standing?.free, 0);
      assertEquals(standing?.daemons, 2);
    }
    await using other = await SharedStore.open(url, {
      maxRequestsPerSecond: 5,
    });
    const standing = await other.renew(5, 0);
    assertEquals(standing?.otherLimit, Infinity);
    assertEquals(standing?.slots, 0);
    assertEquals(standing?.fairHeld, 0);
  },
);
