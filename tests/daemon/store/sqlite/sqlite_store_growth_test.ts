import {
  assert,
  assertEquals,
  assertGreaterOrEqual,
  assertLess,
} from "@std/assert";
import { DatabaseFile } from "../../../../daemon/store/sqlite/database_file.ts";
import {
  openSqliteStore,
  SqliteStore,
} from "../../../../daemon/store/sqlite/sqlite_store.ts";
import type { Store } from "../../../../daemon/store/store.ts";
import { TestClock } from "../../../helpers/client/test_clock.ts";
import { test } from "../../../helpers/client/testing.ts";
import {
  closing,
  TemporaryFolder,
} from "../../../helpers/store/sqlite_place.ts";
import { BEGAN, begun, changed } from "../../../helpers/store/transitions.ts";

const clock = new TestClock();

/** A store that keeps few events of watches that are gone. */
function openSmall(folder: TemporaryFolder, keptEvents: number): Store {
  const file = new DatabaseFile(`${folder.path}/orders.db`);
  return new SqliteStore(file, clock, keptEvents);
}

/** Begins so many watches, one event each. */
async function begin(store: Store, first: number, count: number) {
  const ids = Array.from({ length: count }, (_, at) => String(first + at));
  await store.watch(ids.map((id) => begun(id)));
  return ids;
}

async function sequences(store: Store): Promise<number[]> {
  const events = await store.eventsAfter(0, 1e6);
  return events.map(({ sequence }) => sequence);
}

test("events of a watch that is gone are dropped when they are old", async () => {
  await using folder = new TemporaryFolder();
  const store = openSmall(folder, 100);
  await using _closed = closing(store);
  await store.watch([begun("1"), begun("2"), begun("3")]); // 1, 2, 3
  await store.update(changed(begun("1").watch)); // 4
  await store.update(changed(begun("2").watch)); // 5
  await store.remove("1", BEGAN); // 6
  await store.remove("3", BEGAN); // 7
  await store.watch([begun("3", { at: BEGAN + 1 })]); // 8
  await begin(store, 1000, 97); // to 105: the first removal is the 100th last
  const all = Array.from({ length: 105 }, (_, at) => at + 1);
  assertEquals(await sequences(store), all);

  await begin(store, 2000, 1);
  const gone = [1, 4, 6];
  const rest = [...all, 106].filter((sequence) => !gone.includes(sequence));
  assertEquals(await sequences(store), rest);

  await begin(store, 2001, 1);
  gone.push(3, 7);
  assertEquals(
    await sequences(store),
    [...all, 106, 107].filter((sequence) => !gone.includes(sequence)),
  );
  const history = async (id: string) =>
    (await store.history(id)).map(({ sequence }) => sequence);
  assertEquals(await history("2"), [2, 5]);
  assertEquals(await history("3"), [8]);
  assertEquals(await store.lastSequence(), 107);
});

test("few events are dropped at a time, a removal after what it ended", async () => {
  await using folder = new TemporaryFolder();
  const store = openSmall(folder, 10);
  await using _closed = closing(store);
  let { watch } = begun("1");
  await store.watch([begun("1")]);
  const changes = Array.from({ length: 500 }, () => {
    const transition = changed(watch);
    watch = transition.watch;
    return transition;
  });
  await Promise.all(changes.map((change) => store.update(change)));
  await store.remove("1", BEGAN);
  await begin(store, 1000, 10);
  const counts: number[] = [];
  for (let commit = 0; commit < 8; commit++) {
    const kept = await sequences(store);
    // The removal is the 502nd event, and goes when it is all that is left.
    const told = kept.filter((sequence) => sequence <= 502);
    assertEquals(told.at(-1) ?? 502, 502);
    counts.push(told.length);
    await store.relabel("1000", `label ${commit}`, BEGAN);
  }
  assertEquals(counts, [382, 280, 178, 76, 0, 0, 0, 0]);
});

test("the default keeps 100,000 events of watches that are gone", async () => {
  await using folder = new TemporaryFolder();
  const store = openSqliteStore(`${folder.path}/orders.db`, clock);
  await using _closed = closing(store);
  await store.watch([begun("1")]);
  await store.remove("1", BEGAN);
  for (let batch = 0; batch < 10; batch++) {
    await begin(store, 1000 + batch * 10_000, 10_000);
    const [first] = await store.eventsAfter(0, 1);
    assertEquals(first?.sequence, batch < 9 ? 1 : 3);
  }
});

test("room that was used is used again", async () => {
  await using folder = new TemporaryFolder();
  const store = openSmall(folder, 2_000);
  await using _closed = closing(store);
  const path = `${folder.path}/orders.db`;
  const sizes: number[] = [];
  for (let cycle = 0; cycle < 30; cycle++) {
    const ids = await begin(store, 1 + cycle * 500, 500);
    await Promise.all(ids.map((id) => store.remove(id, BEGAN)));
    // All of the log is in the file then.
    if (cycle % 10 === 9) {
      const copy = new DatabaseFile(await copyOf(path, folder, cycle));
      copy.close();
      sizes.push((await Deno.stat(copy.path)).size);
    }
  }
  const [first = 0, second = 0, third = 0] = sizes;
  assert(first > 0);
  assertLess(second, first * 1.1);
  assertLess(third, first * 1.1);
});

async function copyOf(
  path: string,
  folder: TemporaryFolder,
  cycle: number,
): Promise<string> {
  const copy = `${folder.path}/copy${cycle}.db`;
  await Deno.copyFile(path, copy);
  await Deno.copyFile(`${path}-wal`, `${copy}-wal`);
  return copy;
}

test("the log beside a database does not grow without end", async () => {
  await using folder = new TemporaryFolder();
  const path = `${folder.path}/orders.db`;
  const store = openSqliteStore(path, clock);
  await using _closed = closing(store);
  let written = 0;
  let largest = 0;
  for (let commit = 0; commit < 60; commit++) {
    // All over the tables, so that most pages are written again.
    const ids = Array.from({ length: 500 }, (_, at) => at * 1_000 + commit);
    await store.watch(ids.map((id) => begun(String(id + 1))));
    const { size } = await Deno.stat(`${path}-wal`);
    written += 500;
    largest = Math.max(largest, size);
  }
  assertEquals(await store.counts(), { watching: written, settled: {} });
  assertGreaterOrEqual(largest, 16 * 1024 * 1024);
  assertLess(largest, 20 * 1024 * 1024);
});

test("an epoch is deleted once no event of it is kept, long after it ended", async () => {
  await using folder = new TemporaryFolder();
  for (let round = 0; round < 20; round++) {
    const store = openSmall(folder, 10);
    await begin(store, 1, 1);
    await store.remove("1", BEGAN);
    if (round === 0) await begin(store, 2, 1);
    await store.close();
  }
  const store = openSmall(folder, 10);
  const [first, ...others] = await store.eventsAfter(0, 100);
  assertEquals(await store.epochOf(first!.sequence), first!.epoch);
  for (const { epoch, sequence } of others) {
    assertEquals(await store.epochOf(sequence), epoch);
  }
  await store.close();
  const file = new DatabaseFile(`${folder.path}/orders.db`);
  const [row] = file.connection.prepare("SELECT count(*) FROM epochs").all();
  file.close();
  // That of the one event from the beginning, the last 10, and the next one.
  assertLess(Number((row as unknown as number[])[0]), 10);
});
