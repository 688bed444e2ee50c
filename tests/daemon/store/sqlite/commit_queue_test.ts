import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { setImmediate } from "node:timers";
import { openSqliteStore } from "../../../../daemon/store/sqlite/sqlite_store.ts";
import type { StoredEvent } from "../../../../daemon/store/store.ts";
import type { Transition } from "../../../../daemon/polling/watched_order.ts";
import { TestClock } from "../../../helpers/client/test_clock.ts";
import { reasonOf, test } from "../../../helpers/client/testing.ts";
import {
  closing,
  TemporaryFolder,
} from "../../../helpers/store/sqlite_place.ts";
import { BEGAN, begun, changed } from "../../../helpers/store/transitions.ts";

test("what is asked for in one turn is told of in one go", async () => {
  await using folder = new TemporaryFolder();
  const store = openSqliteStore(`${folder.path}/orders.db`, new TestClock());
  await using _closed = closing(store);
  const told: (readonly StoredEvent[])[] = [];
  store.subscribe({ onEvents: (events) => told.push(events) });
  const ids = Array.from({ length: 100 }, (_, at) => String(at + 1));
  const watches = ids.map((id) => store.watch([begun(id)]));
  await Promise.resolve();
  const changes = ids.map((id) => store.update(changed(begun(id).watch)));
  await Promise.all([...watches, store.check(), ...changes]);
  assertEquals(
    told.map((events) => events.map(({ sequence }) => sequence)),
    [Array.from({ length: 200 }, (_, at) => at + 1)],
  );

  await store.relabel("1", "one", BEGAN);
  await store.relabel("1", "two", BEGAN);
  await store.check();
  assertEquals(told.slice(1).map((events) => events.length), [1, 1]);
});

/** Begun watches of orders from 1 on. */
function many(count: number): Transition[] {
  return Array.from({ length: count }, (_, at) => begun(String(at + 1)));
}

test("many orders are stored in several turns, and seen all at once", async () => {
  await using folder = new TemporaryFolder();
  const store = openSqliteStore(`${folder.path}/orders.db`, new TestClock());
  await using _closed = closing(store);
  const told: (readonly StoredEvent[])[] = [];
  store.subscribe({ onEvents: (events) => told.push(events) });
  let isDone = false;
  const watched = store.watch(many(1_000)).finally(() => isDone = true);
  const seen = new Set<number>();
  let changed: Promise<unknown> | undefined;
  let turns = 0;
  const reads: Promise<unknown>[] = [];
  while (!isDone) {
    await new Promise((resolve) => setImmediate(() => resolve(undefined)));
    turns++;
    // What is asked for meanwhile: of a part that is not durable, nothing.
    reads.push(store.counts().then(({ watching }) => seen.add(watching)));
    changed ??= store.relabel("1000", "last", BEGAN);
  }
  const { created, existing } = await watched;
  await changed;
  await Promise.all(reads);
  assert(turns >= 6, `${turns}`);
  assert(
    [...seen].every((count) => [0, 1_000].includes(count)),
    `${[...seen]}`,
  );
  assertEquals([created.length, existing.length], [1_000, 0]);
  assertEquals(told.map((events) => events.length), [250, 250, 250, 250, 1]);
  assertEquals(
    told.flat().map(({ sequence }) => sequence),
    Array.from({ length: 1_001 }, (_, at) => at + 1),
  );
  assertEquals(told.at(-1)?.[0]?.watch.label, "last");
});

test("many orders of which the last cannot be stored are none", async () => {
  await using folder = new TemporaryFolder();
  const store = openSqliteStore(`${folder.path}/orders.db`, new TestClock());
  await using _closed = closing(store);
  const told: string[] = [];
  store.subscribe({
    onEvents(events) {
      for (const { watch } of events) told.push(watch.id);
    },
  });
  const tooLarge = begun("9223372036854775808");
  const refused = store.watch([...many(600), tooLarge]);
  const [reason] = await Promise.all([
    reasonOf(refused),
    store.watch([begun("7")]),
  ]);
  assertInstanceOf(reason, Error);
  assertEquals(told, ["7"]);
  assertEquals((await store.counts()).watching, 1);
});

test("many orders of which some are watched, or named again", async () => {
  await using folder = new TemporaryFolder();
  const store = openSqliteStore(`${folder.path}/orders.db`, new TestClock());
  await using _closed = closing(store);
  await store.watch([begun("3"), begun("700")]);
  const { created, existing } = await store.watch([...many(800), begun("1")]);
  assertEquals(created.length, 798);
  assertEquals(existing.map(({ id }) => id), ["3", "700", "1"]);
});
