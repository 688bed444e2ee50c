/**
 * That a store keeps what it is given, and nothing else.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { StoreError } from "../../../../daemon/store/store.ts";
import type {
  Transition,
  WatchedOrder,
} from "../../../../daemon/polling/watched_order.ts";
import { orders } from "../../../helpers/client/order_documents.ts";
import type { StoreTest } from "../../../helpers/store/store_place.ts";
import {
  BEGAN,
  begun,
  changed,
  failed,
  orderOf,
  settled,
} from "../../../helpers/store/transitions.ts";

const ID = "1642251003";
const LARGEST = "9223372036854775807";

/** Whether two watches are the same to the letter. */
function assertSame(
  actual: WatchedOrder | undefined,
  expected: WatchedOrder,
): void {
  assertEquals(actual, expected);
  // A reading is compared with the one before by its text.
  assertEquals(JSON.stringify(actual?.order), JSON.stringify(expected.order));
}

/** Adds the tests. */
export function testWrites(storeTest: StoreTest): void {
  storeTest("begins watches, each once", async ({ store }) => {
    const first = begun(ID, { label: "first" });
    assertEquals(await store.watch([first]), {
      created: [first.watch],
      existing: [],
    });
    const other = begun("7", { at: BEGAN + 5 });
    const again = begun(ID, { label: "again", at: BEGAN + 5 });
    const twice = begun("7", { label: "twice", at: BEGAN + 5 });
    assertEquals(await store.watch([other, again, twice]), {
      created: [other.watch],
      existing: [first.watch, other.watch],
    });
    assertEquals(await store.find(ID), first.watch);
    assertEquals(await store.find("7"), other.watch);
    assertEquals(await store.find("8"), undefined);
    assertEquals(await store.watch([]), { created: [], existing: [] });
  });

  storeTest("leaves a watch that has settled", async (it) => {
    const watch = await it.watch(begun(ID), settled);
    assertEquals(await it.store.watch([begun(ID, { at: BEGAN + 60_000 })]), {
      created: [],
      existing: [watch],
    });
    assertEquals(await it.store.loadWatching(), []);
  });

  storeTest("begins all of many watches or none", async (it) => {
    const { store } = it;
    const many = Array.from({ length: 300 }, (_, at) => begun(String(at + 1)));
    const bad = { ...begun(ID), watch: { ...begun(ID).watch, id: "no id" } };
    const [refused, beside] = await Promise.allSettled([
      store.watch([...many, bad]),
      store.watch([begun("1000")]),
    ]);
    assertEquals(refused.status, "rejected");
    assertEquals(beside.status, "fulfilled");
    assertEquals((await store.loadWatching()).length, 1);
    assertEquals(it.told.map(({ watch }) => watch.id), ["1000"]);
    const { created } = await store.watch(many);
    assertEquals(created, many.map(({ watch }) => watch));
  });

  storeTest("keeps 10,000 watches that are begun at once", async (it) => {
    const ids = Array.from({ length: 10_000 }, (_, at) => String(at * 7 + 1));
    await it.store.watch(ids.map((id) => begun(id)));
    const known = ["1", "2", "8", "69994"];
    const { created, existing } = await it.store.watch(
      known.map((id) => begun(id)),
    );
    assertEquals(created.map(({ id }) => id), ["2"]);
    assertEquals(existing.map(({ id }) => id), ["1", "8", "69994"]);
    await it.crash();
    const loaded = await it.store.loadWatching();
    const present = new Set(loaded.map(({ id }) => id));
    assertEquals(present, new Set([...ids, "2"]));
  });

  storeTest("keeps every field of a watch", async (it) => {
    const stages: ((watch: WatchedOrder) => Transition)[] = [
      (watch) => changed(watch),
      (watch) => failed(watch, "malformed"),
      (watch) => settled(watch, "REJECTED"),
    ];
    let watch = await it.watch(begun(LARGEST, { label: "né 電話 \u{1F4DE}" }));
    for (const stage of stages) {
      await it.reopen();
      assertSame(await it.store.find(LARGEST), watch);
      const transition = stage(watch);
      assert(await it.store.update(transition));
      watch = transition.watch;
      assertSame(await it.store.find(LARGEST), watch);
    }
    await it.reopen();
    assertSame(await it.store.find(LARGEST), watch);
  });

  storeTest("keeps any order as it is", async ({ store }) => {
    let { watch } = begun(ID);
    await store.watch([begun(ID)]);
    await fc.assert(
      fc.asyncProperty(orders, fc.string({ unit: "grapheme" }), async (
        given,
        text,
      ) => {
        const order = { ...given, id: ID };
        watch = {
          ...watch,
          order,
          lastError: { code: "network", message: text, at: BEGAN },
        };
        assert(await store.update({ watch, events: [] }));
        assertSame(await store.find(ID), watch);
      }),
      { numRuns: 200 },
    );
  });

  storeTest("puts nothing in place of a watch that is gone", async (it) => {
    const { store } = it;
    const { watch } = begun(ID);
    assertEquals(await store.update(changed(watch)), false);
    await it.watch(begun(ID));
    await store.remove(ID, BEGAN + 10);
    assertEquals(await store.update(changed(watch)), false);
    const anew = await it.watch(begun(ID, { at: BEGAN + 20 }));
    assertEquals(await store.update(settled(watch)), false);
    assertEquals(await store.find(ID), anew);
    assertEquals(
      it.told.map(({ type }) => type),
      ["order.watched", "order.removed", "order.watched"],
    );
  });

  storeTest("puts nothing in place of a watch that has settled", async (it) => {
    const { store } = it;
    const change = changed(begun(ID).watch);
    const watch = await it.watch(begun(ID), settled);
    assertEquals(await store.update(change), false);
    assertEquals(await store.update(settled(change.watch)), false);
    assertEquals(await store.find(ID), watch);
    assertEquals(it.told.length, 2);
  });

  storeTest("keeps the label that a watch was given meanwhile", async (it) => {
    const { store } = it;
    const { watch } = begun(ID, { label: "old" });
    await it.watch(begun(ID, { label: "old" }));
    const relabelled = await store.relabel(ID, "new", BEGAN + 1);
    assertEquals(relabelled, { ...watch, label: "new" });
    const transition = changed(watch);
    assert(await store.update(transition));
    assertEquals(await store.find(ID), { ...transition.watch, label: "new" });
    assertEquals(
      it.told.map((event) => event.watch.label),
      ["old", "new", "new"],
    );
  });

  storeTest("gives a watch another label, settled or not", async (it) => {
    const { store } = it;
    assertEquals(await store.relabel(ID, "any", BEGAN), undefined);
    const watch = await it.watch(begun(ID), settled);
    for (const label of ["one", "one", "", null, null]) {
      const labelled = { ...watch, label };
      assertEquals(await store.relabel(ID, label, BEGAN + 5), labelled);
      assertEquals(await store.find(ID), labelled);
    }
    const changes = it.told.slice(2);
    assertEquals(changes.map(({ watch }) => watch.label), ["one", "", null]);
    assert(
      changes.every(({ type, at }) =>
        type === "order.changed" && at === BEGAN + 5
      ),
    );
  });

  storeTest("removes a watch", async (it) => {
    const { store } = it;
    assertEquals(await store.remove(ID, BEGAN), undefined);
    const watch = await it.watch(begun(ID), changed);
    assertEquals(await store.remove(ID, BEGAN + 9), watch);
    assertEquals(await store.remove(ID, BEGAN + 9), undefined);
    assertEquals(await store.find(ID), undefined);
    const { epoch: _, sequence, ...event } = it.told[2]!;
    assertEquals(sequence, 3);
    assertEquals(event, { type: "order.removed", at: BEGAN + 9, watch });
    assertEquals(it.told.length, 3);
  });

  storeTest("has kept what it said it has when it dies", async (it) => {
    const one = await it.watch(begun("1"), changed);
    const two = await it.watch(begun("2"), settled);
    await it.watch(begun("3"));
    await it.store.remove("3", BEGAN + 1);
    await it.crash();
    assertEquals(await it.store.find("1"), one);
    assertEquals(await it.store.find("2"), two);
    assertEquals(await it.store.find("3"), undefined);
    assertEquals(await it.store.eventsAfter(0, 100), it.told);
    await it.crash();
    await it.store.relabel("1", "later", BEGAN + 2);
    assertEquals(await it.store.eventsAfter(0, 100), it.told);
  });

  storeTest("can be written to, and says so", async ({ store }) => {
    await store.check();
    assertEquals(await store.lastSequence(), 0);
  });

  storeTest("finishes what was begun when it is closed", async (it) => {
    const { store } = it;
    const pending = store.watch([begun(ID)]);
    const closed = store.close();
    assertEquals(store.close(), closed);
    let isClosed = false;
    closed.then(() => isClosed = true);
    assertEquals((await pending).created.length, 1);
    assertEquals(isClosed, false);
    await closed;
    await it.reopen();
    assertEquals(await it.store.find(ID), begun(ID).watch);
  });

  storeTest("does nothing more once it is closed", async (it) => {
    const { store } = it;
    const { watch } = begun(ID);
    const closed = store.close();
    const calls: (() => Promise<unknown>)[] = [
      () => store.loadWatching(),
      () => store.watch([begun(ID)]),
      () =>
        store.update({ watch: { ...watch, order: orderOf(ID) }, events: [] }),
      () => store.relabel(ID, null, BEGAN),
      () => store.remove(ID, BEGAN),
      () => store.find(ID),
      () => store.list({ limit: 1 }),
      () => store.history(ID),
      () => store.eventsAfter(0, 1),
      () => store.lastSequence(),
      () => store.counts(),
      () => store.check(),
    ];
    for (const call of calls) await assertRejects(call, StoreError, "closed");
    store.touch(watch);
    await closed;
    for (const call of calls) await assertRejects(call, StoreError, "closed");
    store.touch(watch);
    assertEquals(it.clock.pending, 0);
  });
}
