/**
 * That a store tells what happened, and tells it again.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { EVENT_TYPES } from "../../../../daemon/polling/watched_order.ts";
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
export function testEvents(storeTest: StoreTest): void {
  storeTest("tells what happened before it is done", async (it) => {
    const { store } = it;
    const journal: string[] = [];
    store.subscribe({
      onEvents(events) {
        for (const { sequence, type } of events) {
          journal.push(`${sequence} ${type}`);
        }
      },
    });
    const change = changed(begun(ID).watch);
    const end = settled(change.watch);
    const note = (name: string) => () => journal.push(name);
    await store.watch([begun(ID), begun("2")]).then(note("watch"));
    await store.update(change).then(note("update"));
    await store.relabel(ID, "new", BEGAN).then(note("relabel"));
    await store.update(end).then(note("end"));
    await store.remove(ID, BEGAN).then(note("remove"));
    assertEquals(journal, [
      "1 order.watched",
      "2 order.watched",
      "watch",
      "3 order.changed",
      "update",
      "4 order.changed",
      "relabel",
      "5 order.settled",
      "end",
      "6 order.removed",
      "remove",
    ]);
  });

  storeTest("does what is asked for at once in that order", async (it) => {
    const { store } = it;
    const change = changed(begun("1").watch);
    const done: number[] = [];
    const calls = [
      store.watch([begun("1")]),
      store.update(change),
      store.watch([begun("no id")]).catch(() => {}),
      store.relabel("1", "new", BEGAN),
      store.check(),
      store.remove("1", BEGAN),
      store.watch([begun("1", { at: BEGAN + 1 })]),
    ];
    await Promise.all(calls.map((call, at) => call.then(() => done.push(at))));
    assertEquals(done.toSorted((one, other) => one - other), [...done.keys()]);
    assertEquals(
      it.told.map(({ sequence, type }) => `${sequence} ${type}`),
      [
        "1 order.watched",
        "2 order.changed",
        "3 order.changed",
        "4 order.removed",
        "5 order.watched",
      ],
    );
    assertEquals(await store.find("1"), begun("1", { at: BEGAN + 1 }).watch);
  });

  storeTest("tells of nothing that is not a change", async (it) => {
    const watch = await it.watch(begun(ID));
    it.store.touch(polled(watch));
    await it.store.check();
    await it.store.update({ watch: polled(polled(watch)), events: [] });
    await it.store.watch([begun(ID)]);
    await it.store.relabel(ID, null, BEGAN);
    await it.store.remove("2", BEGAN);
    assertEquals(it.told.length, 1);
    assertEquals(await it.store.lastSequence(), 1);
  });

  storeTest("gives events again as they were told", async (it) => {
    await it.watch(begun("1", { label: "né" }), changed, settled);
    await it.watch(begun("9223372036854775807"), changed);
    await it.store.remove("1", BEGAN + 9);
    await it.reopen();
    assertEquals(it.told.length, 6);
    assertEquals(await it.store.eventsAfter(0, 100), it.told);
    assertEquals(await it.store.eventsAfter(0, 2), it.told.slice(0, 2));
    assertEquals(await it.store.eventsAfter(4, 1), it.told.slice(4, 5));
    assertEquals(await it.store.eventsAfter(6, 100), []);
    for (const type of EVENT_TYPES) {
      assertEquals(
        await it.store.eventsAfter(1, 100, [type]),
        it.told.slice(1).filter((event) => event.type === type),
      );
    }
    const types = ["order.settled", "order.removed"] as const;
    const ends = it.told.filter(({ type }) =>
      type === "order.settled" || type === "order.removed"
    );
    assertEquals(await it.store.eventsAfter(0, 100, types), ends);
    assertEquals(await it.store.eventsAfter(0, 1, types), ends.slice(0, 1));
    assertEquals(await it.store.eventsAfter(0, 100, []), []);
  });

  storeTest("goes on with its sequence, whatever is removed", async (it) => {
    assertEquals(await it.store.lastSequence(), 0);
    await it.watch(begun(ID), changed);
    await it.store.remove(ID, BEGAN);
    assertEquals(await it.store.lastSequence(), 3);
    await it.reopen();
    assertEquals(await it.store.lastSequence(), 3);
    await it.watch(begun("2"));
    await it.crash();
    await it.watch(begun("3"));
    assertEquals(it.told.map(({ sequence }) => sequence), [1, 2, 3, 4, 5]);
    assertEquals(await it.store.lastSequence(), 5);
  });

  storeTest("begins an epoch whenever it is opened", async (it) => {
    assertEquals(await it.store.epochOf(0), undefined);
    assertEquals(await it.store.epochOf(1), undefined);
    await it.watch(begun("1"), changed);
    await it.reopen();
    await it.reopen();
    await it.watch(begun("2"));
    await it.crash();
    await it.watch(begun("3"));
    const epochs = it.told.map(({ epoch }) => epoch);
    assertEquals(epochs[0], epochs[1]);
    assertEquals(new Set(epochs).size, 3);
    assertEquals(await it.store.eventsAfter(0, 100), it.told);
    assertEquals(await it.store.history("2"), [it.told[2]!]);
    for (const { epoch, sequence } of it.told) {
      assertEquals(await it.store.epochOf(sequence), epoch);
    }
    assertEquals(await it.store.epochOf(5), undefined);
    await it.store.remove("2", BEGAN);
    assertEquals(await it.store.epochOf(3), epochs[2]);
  });

  storeTest("gives the history of a watch since it began", async (it) => {
    const { store } = it;
    assertEquals(await store.history(ID), []);
    await it.watch(begun(ID), changed, changed);
    await it.watch(begun("2"), changed);
    await store.relabel(ID, "new", BEGAN + 5);
    const own = it.told.filter(({ watch }) => watch.id === ID);
    assertEquals(own.length, 4);
    assertEquals(await store.history(ID), own);
    await store.remove(ID, BEGAN + 9);
    assertEquals(await store.history(ID), []);
    // The same moment does not make it the same watch.
    await it.watch(begun(ID), settled);
    assertEquals(await store.history(ID), it.told.slice(-2));
    assertEquals(await store.eventsAfter(0, 100), it.told);
  });

  storeTest("goes on when a listener throws", async (it) => {
    const { store } = it;
    const reported: unknown[] = [];
    const report = (event: ErrorEvent) => {
      event.preventDefault();
      reported.push(event.error);
    };
    globalThis.addEventListener("error", report);
    try {
      const failure = new Error("a listener's own defect");
      const unsubscribe = store.subscribe({
        onEvents() {
          throw failure;
        },
      });
      const { created } = await store.watch([begun(ID)]);
      assertEquals(created.length, 1);
      assertEquals(reported, [failure]);
      unsubscribe();
      assertEquals(await store.update(changed(begun(ID).watch)), true);
      assertEquals(it.told.map(({ sequence }) => sequence), [1, 2]);
      assertEquals(reported, [failure]);
    } finally {
      globalThis.removeEventListener("error", report);
    }
  });

  storeTest("can be asked for more by a listener", async (it) => {
    const { store } = it;
    let later: Promise<unknown> | undefined;
    store.subscribe({
      onEvents() {
        later ??= Promise.all([
          store.watch([begun("2")]),
          assertRejects(() => store.watch([begun("no id")])),
        ]);
      },
    });
    await store.watch([begun(ID)]);
    await later;
    assertEquals(it.told.map(({ watch }) => watch.id), [ID, "2"]);
  });
}
