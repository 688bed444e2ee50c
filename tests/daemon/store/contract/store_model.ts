/**
 * That a store does whatever the one in memory does, in any order, closed and
 * opened again at any time.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Store, StoredEvent } from "../../../../daemon/store/store.ts";
import type {
  Transition,
  WatchedOrder,
} from "../../../../daemon/polling/watched_order.ts";
import { test } from "../../../helpers/client/testing.ts";
import { Disk, ModelStore } from "../../../helpers/store/model_store.ts";
import {
  type MakePlace,
  OpenStore,
} from "../../../helpers/store/store_place.ts";
import {
  BEGAN,
  begun,
  changed,
  failed,
  polled,
  settled,
} from "../../../helpers/store/transitions.ts";

const IDS = [
  "2",
  "10",
  "1642251003",
  "9007199254740993",
  "9223372036854775807",
];

const ids = fc.constantFrom(...IDS);
const labels = fc.constantFrom(null, "", "blue", "né");

/** What can be asked of a store, given the watches that were ever seen. */
type Operation = (
  store: Store,
  seen: readonly WatchedOrder[],
) => Promise<unknown>;

function onSeen(
  act: (store: Store, watch: WatchedOrder) => unknown,
): (pick: number) => Operation {
  return (pick) => async (store, seen) => {
    const watch = seen[pick % seen.length];
    return await (watch && act(store, watch));
  };
}

const readings: ((watch: WatchedOrder) => Transition)[] = [
  changed,
  failed,
  settled,
  (watch) => ({ watch: polled(watch), events: [] }),
];

const operations: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({
    chosen: fc.array(ids, { maxLength: 4 }),
    label: labels,
    at: fc.nat(3),
  }).map(({ chosen, label, at }): Operation => (store) =>
    store.watch(chosen.map((id) => begun(id, { label, at: BEGAN + at })))
  ),
  fc.constantFrom(...readings).chain((read) =>
    fc.nat().map(
      onSeen((store, watch) => store.update(read(watch))),
    )
  ),
  fc.nat().map(onSeen((store, watch) => store.touch(polled(watch)))),
  fc.nat().map(onSeen((store, watch) => store.touch(polled(polled(watch))))),
  fc.record({ id: ids, label: labels, at: fc.nat(3) })
    .map(({ id, label, at }): Operation => (store) =>
      store.relabel(id, label, BEGAN + at)
    ),
  fc.record({ id: ids, at: fc.nat(3) })
    .map(({ id, at }): Operation => (store) => store.remove(id, BEGAN + at)),
  fc.constant<Operation>((store) =>
    store.watch([begun("2"), begun("no id")]).catch(() => "refused")
  ),
);

/** What is asked for at once, and what becomes of the store afterwards. */
const steps = fc.record({
  together: fc.array(operations, { minLength: 1, maxLength: 5 }),
  then: fc.constantFrom("goes on", "goes on", "reopens", "crashes"),
});

/** Everything that can be read from a store. */
async function readAll(store: Store): Promise<unknown> {
  const eventsAfter = async (...page: Parameters<Store["eventsAfter"]>) =>
    (await store.eventsAfter(...page)).map(withoutEpoch);
  const history = async (id: string) =>
    (await store.history(id)).map(withoutEpoch);
  const listed = await store.list({ limit: 100 });
  const watching = await store.loadWatching();
  return {
    listed,
    watching: new Set(watching),
    page: await store.list({ limit: 2, after: listed[1] }),
    blue: await store.list({ limit: 3, label: "blue" }),
    fulfilled: await store.list({ limit: 3, outcome: "fulfilled" }),
    settled: await store.list({ limit: 3, state: "settled" }),
    found: await Promise.all(IDS.map((id) => store.find(id))),
    histories: await Promise.all(IDS.map(history)),
    events: await eventsAfter(0, 1000),
    changes: await eventsAfter(3, 4, ["order.changed", "order.removed"]),
    counts: await store.counts(),
    last: await store.lastSequence(),
  };
}

/** An event but for its epoch, which each store chooses for itself. */
function withoutEpoch({ epoch: _, ...event }: StoredEvent) {
  return event;
}

/** Adds the test. */
export function testAgainstModel(name: string, makePlace: MakePlace): void {
  test(`${name} does as the store in memory does`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { maxLength: 10 }), async (plan) => {
        const it = await OpenStore.inNewPlace(makePlace);
        try {
          const model = new ModelStore(new Disk(), it.clock);
          const told: StoredEvent[] = [];
          model.subscribe({ onEvents: (events) => told.push(...events) });
          for (const { together, then } of plan) {
            const seen = told.map(({ watch }) => watch)
              .filter(({ state }) => state === "watching");
            const ask = (store: Store) =>
              Promise.all(together.map((operation) => operation(store, seen)));
            assertEquals(await ask(it.store), await ask(model));
            // The touches too are then in both.
            await Promise.all([it.store.check(), model.check()]);
            if (then === "reopens") await it.reopen();
            if (then === "crashes") await it.crash();
            assertEquals(await readAll(it.store), await readAll(model));
            assertEquals(it.told.map(withoutEpoch), told.map(withoutEpoch));
          }
          await model.close();
        } finally {
          await it.end();
        }
      }),
      { numRuns: 30 },
    );
  });
}
