import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { DatabaseFile } from "../../../../daemon/store/sqlite/database_file.ts";
import {
  openSqliteStore,
  SqliteStore,
} from "../../../../daemon/store/sqlite/sqlite_store.ts";
import {
  type Store,
  type StoredEvent,
  StoreError,
} from "../../../../daemon/store/store.ts";
import { TestClock } from "../../../helpers/client/test_clock.ts";
import { test } from "../../../helpers/client/testing.ts";
import { assertRefused } from "../../../helpers/store/refusal.ts";
import {
  mountSmallDisk,
  type SmallDisk,
} from "../../../helpers/store/small_disk.ts";
import {
  closing,
  copyFiles,
  TemporaryFolder,
} from "../../../helpers/store/sqlite_place.ts";
import { begun, changed, polled } from "../../../helpers/store/transitions.ts";

/**
 * Begins watches until the store takes no more.
 *
 * @returns Every event of those that it took, an event each.
 */
async function fill(store: Store): Promise<StoredEvent[]> {
  const told: StoredEvent[] = [];
  store.subscribe({ onEvents: (events) => told.push(...events) });
  for (;;) {
    const more = Array.from({ length: 50 }, (_, at) => told.length + at + 1);
    try {
      await store.watch(more.map((id) => begun(String(id))));
    } catch (error) {
      assert(error instanceof StoreError, String(error));
      assertStringIncludes(error.message, "the disk is full (");
      return told;
    }
  }
}

/** Fills a disk until not even the least can be written. */
async function fillUp(store: Store, disk: SmallDisk): Promise<void> {
  await disk.fill();
  // What was made ready for a commit that was refused is there to be used.
  while (await store.check().then(() => true, () => false));
}

/** Makes sure that a store has what began, and nothing else. */
async function assertHasJust(
  store: Store,
  told: readonly StoredEvent[],
): Promise<void> {
  const ids = (await store.loadWatching()).map(({ id }) => id);
  assertEquals(new Set(ids), new Set(told.map(({ watch }) => watch.id)));
  assertEquals(await store.counts(), { watching: told.length, settled: {} });
  assertEquals(await store.lastSequence(), told.length);
  assertEquals(await store.eventsAfter(0, 1e6), told);
}

test("what a full database does not take has not happened", async () => {
  await using folder = new TemporaryFolder();
  const clock = new TestClock();
  const file = new DatabaseFile(`${folder.path}/orders.db`);
  const limit = (pages: number) =>
    file.connection.exec(`PRAGMA max_page_count = ${pages}`);
  const store = new SqliteStore(file, clock);
  await using _closed = closing(store);
  limit(60);
  const told = await fill(store);
  await assertHasJust(store, told);

  // In the last page there is room for a row that grows.
  const touched = polled(told.at(-1)!.watch);
  store.touch(touched);
  const many = Array.from({ length: 500 }, (_, at) => begun(String(1e6 + at)));
  const [refused, beside] = await Promise.allSettled([
    store.watch(many),
    store.check(),
  ]);
  assertEquals([refused.status, beside.status], ["rejected", "fulfilled"]);
  await assertHasJust(store, told);

  limit(10_000);
  assertEquals((await store.watch(many)).created.length, 500);
  assertEquals(await store.eventsAfter(0, 1e6), told);
  await store.close();
  const reopened = openSqliteStore(file.path, clock);
  assertEquals(await reopened.eventsAfter(0, 1e6), told);
  assertEquals(await reopened.find(touched.id), touched);
  await reopened.close();
});

test("a store goes on when a full disk has room again", async () => {
  await using disk = await mountSmallDisk(1_000_000);
  if (!disk) return console.log("skipped: this user may not mount a disk");
  const path = `${disk.path}/orders.db`;
  const clock = new TestClock();
  await disk.fill(300_000);
  const store = openSqliteStore(path, clock);
  await using _closed = closing(store);
  const told = await fill(store);
  await fillUp(store, disk);
  const touched = polled(begun("1").watch);
  store.touch(touched);
  const callAll = () =>
    Promise.allSettled<unknown>([
      store.watch([begun("9223372036854775807")]),
      store.update(changed(begun("2").watch)),
      store.relabel("3", "new", 0),
      store.remove("4", 0),
      store.check(),
    ]);
  for (const call of await callAll()) {
    assert(call.status === "rejected" && call.reason instanceof StoreError);
    assertEquals(
      call.reason.message,
      `Cannot use the database '${path}': the disk is full (database or disk ` +
        "is full, SQLite's code 13); free some space",
    );
  }
  for (let time = 0; time < 3; time++) {
    assertEquals(await clock.sleeping(), 5_000);
    await clock.advance(5_000);
  }
  await assertHasJust(store, told);

  await disk.makeRoom();
  await store.check();
  assertEquals(clock.pending, 0);
  assertEquals(await store.find("1"), touched);
  const before = told.length;
  assert((await callAll()).every(({ status }) => status === "fulfilled"));
  assertEquals(told.length, before + 4);
  await store.close();
  const reopened = openSqliteStore(path, clock);
  assertEquals(await reopened.eventsAfter(0, 1e6), told);
  await reopened.close();
});

test("a store that cannot finish is closed nevertheless", async () => {
  await using disk = await mountSmallDisk(1_000_000);
  if (!disk) return console.log("skipped: this user may not mount a disk");
  const path = `${disk.path}/orders.db`;
  const clock = new TestClock();
  const store = openSqliteStore(path, clock);
  await using _closed = closing(store);
  const told = await fill(store);
  await fillUp(store, disk);
  store.touch(polled(begun("1").watch));
  const [closed] = await Promise.allSettled([store.close()]);
  assert(closed.status === "rejected" && closed.reason instanceof StoreError);
  assertStringIncludes(closed.reason.message, "the disk is full (");
  assertEquals(clock.pending, 0);
  await using folder = new TemporaryFolder();
  await copyFiles(disk.path, `${folder.path}/copy`);
  const reopened = openSqliteStore(`${folder.path}/copy/orders.db`, clock);
  await assertHasJust(reopened, told);
  await reopened.close();
});

test("a copy for which there is no room takes none", async () => {
  await using disk = await mountSmallDisk(1_000_000);
  if (!disk) return console.log("skipped: this user may not mount a disk");
  const path = `${disk.path}/orders.db`;
  const store = openSqliteStore(path, new TestClock());
  await using _closed = closing(store);
  await disk.fill(500_000);
  await fill(store);
  const names = () => [...Deno.readDirSync(disk.path)].map(({ name }) => name);
  const before = names();
  await assertRejects(
    () => store.backup(),
    StoreError,
    `Cannot use the database '${path}.backup': the disk is full (database or ` +
      "disk is full, SQLite's code 13); free some space",
  );
  assertEquals(names(), before);
});

test("a database on a full disk, or one that is read-only, is refused", async () => {
  await using disk = await mountSmallDisk(1_000_000);
  if (!disk) return console.log("skipped: this user may not mount a disk");
  const path = `${disk.path}/orders.db`;
  const clock = new TestClock();
  const store = openSqliteStore(path, clock);
  await store.watch([begun("1")]);
  await store.close();
  await disk.fill();
  await assertRefused(disk, "the disk is full (");
  await disk.makeReadOnly();
  await assertRefused(disk, "Read-only file system");
  await assertRefused(disk, "Read-only file system", `${disk.path}/new.db`);
});

test("a store does not write to a file that is no longer there", async () => {
  await using folder = new TemporaryFolder();
  const path = `${folder.path}/orders.db`;
  const store = openSqliteStore(path, new TestClock());
  await store.watch([begun("1")]);
  await Deno.rename(path, `${folder.path}/moved.db`);
  const check = async (file: () => Promise<void>) => {
    await file();
    const [written] = await Promise.allSettled([store.check()]);
    assert(written.status === "rejected");
    assertStringIncludes(
      written.reason.message,
      "it was moved, deleted or replaced while the daemon ran; put it back",
    );
  };
  await check(() => Promise.resolve());
  await check(() => Deno.writeTextFile(path, "another one"));
  await Deno.rename(`${folder.path}/moved.db`, path);
  await store.check();
  await store.close();
});
