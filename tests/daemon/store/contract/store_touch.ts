/**
 * That a store keeps how watches stand that were polled without a change.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { StoreTest } from "../../../helpers/store/store_place.ts";
import {
  BEGAN,
  begun,
  changed,
  polled,
  settled,
} from "../../../helpers/store/transitions.ts";

const ID = "1642251003";

/** Adds the tests. */
export function testTouches(storeTest: StoreTest): void {
  storeTest("keeps a touch when it is closed, the last of each", async (it) => {
    const first = polled(await it.watch(begun("1"), changed));
    const last = polled(first);
    const other = polled(await it.watch(begun("2")));
    it.store.touch(first);
    it.store.touch(other);
    it.store.touch(last);
    await it.reopen();
    assertEquals(await it.store.find("1"), last);
    assertEquals(await it.store.find("2"), other);
    assertEquals(it.told.length, 3);
  });

  storeTest("stores a touch with the next change", async (it) => {
    const watch = polled(await it.watch(begun(ID)));
    it.store.touch(watch);
    await it.watch(begun("2"));
    assertEquals(it.clock.pending, 0);
    await it.crash();
    assertEquals(await it.store.find(ID), watch);
  });

  storeTest("stores a touch after some seconds by itself", async (it) => {
    const first = polled(await it.watch(begun(ID)));
    const last = polled(first);
    it.store.touch(first);
    await it.clock.advance(4_000);
    it.store.touch(last);
    assertEquals(it.clock.pending, 1);
    await it.clock.advance(1_000);
    assertEquals(it.clock.pending, 0);
    for (let tries = 0; (await it.store.find(ID))?.polls !== 2; tries++) {
      assert(tries < 1000, "it was never stored");
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await it.crash();
    assertEquals(await it.store.find(ID), last);
  });

  storeTest("a touch leaves the label", async (it) => {
    const watch = await it.watch(begun(ID, { label: "old" }));
    await it.store.relabel(ID, "new", BEGAN + 1);
    it.store.touch(polled(watch));
    await it.reopen();
    assertEquals(await it.store.find(ID), { ...polled(watch), label: "new" });
  });

  storeTest("a touch leaves the order", async (it) => {
    const { watch } = changed(await it.watch(begun(ID)));
    it.store.touch(watch);
    await it.reopen();
    assertEquals(await it.store.find(ID), { ...watch, order: null });
  });

  storeTest("a touch never takes a later change back", async (it) => {
    const watch = await it.watch(begun("1"));
    const other = await it.watch(begun("2"));
    it.store.touch(polled(watch));
    it.store.touch(polled(other));
    const change = changed(polled(watch));
    const end = settled(polled(other));
    await Promise.all([it.store.update(change), it.store.update(end)]);
    it.store.touch(polled(watch));
    it.store.touch(polled(polled(polled(other))));
    await it.reopen();
    assertEquals(await it.store.find("1"), change.watch);
    assertEquals(await it.store.find("2"), end.watch);
  });

  storeTest("a touch after a change that is not durable yet", async (it) => {
    const change = changed(await it.watch(begun(ID)));
    const updated = it.store.update(change);
    it.store.touch(polled(change.watch));
    assert(await updated);
    await it.reopen();
    assertEquals(await it.store.find(ID), polled(change.watch));
  });

  storeTest("a touch of a watch that is gone is dropped", async (it) => {
    const { store } = it;
    const watch = await it.watch(begun("1"));
    const other = await it.watch(begun("2"));
    store.touch(polled(begun("3").watch));
    store.touch(polled(watch));
    store.touch(polled(other));
    const anew = begun("2", { at: BEGAN + 60_000 });
    await Promise.all([
      store.remove("1", BEGAN + 9),
      store.remove("2", BEGAN + 9),
      store.watch([anew]),
    ]);
    store.touch(polled(polled(other)));
    await it.reopen();
    assertEquals(await it.store.loadWatching(), [anew.watch]);
  });

  storeTest("tells of changes with what was touched before", async (it) => {
    const { store } = it;
    const watch = polled(await it.watch(begun(ID)));
    store.touch(watch);
    const labelled = { ...watch, label: "new" };
    assertEquals(await store.relabel(ID, "new", BEGAN + 9), labelled);
    store.touch(polled(labelled));
    assertEquals(await store.remove(ID, BEGAN + 9), polled(labelled));
    assertEquals(
      it.told.map(({ watch }) => watch),
      [begun(ID).watch, labelled, polled(labelled)],
    );
  });
}
