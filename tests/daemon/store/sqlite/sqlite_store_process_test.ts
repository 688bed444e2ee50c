import {
  assert,
  assertEquals,
  assertGreaterOrEqual,
  assertThrows,
} from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { openSqliteStore } from "../../../../daemon/store/sqlite/sqlite_store.ts";
import { type Store, StoreError } from "../../../../daemon/store/store.ts";
import type { WatchedOrder } from "../../../../daemon/polling/watched_order.ts";
import { TestClock } from "../../../helpers/client/test_clock.ts";
import { test } from "../../../helpers/client/testing.ts";
import { TemporaryFolder } from "../../../helpers/store/sqlite_place.ts";
import { StoreProcess } from "../../../helpers/store/store_process.ts";

const clock = new TestClock();

/** All that is stored, which its events have to agree with. */
async function readConsistent(
  store: Store,
): Promise<Map<string, WatchedOrder>> {
  const watches = await store.list({ limit: 1_000_000 });
  const events = await store.eventsAfter(0, 1_000_000);
  assertEquals(
    events.map(({ sequence }) => sequence),
    events.map((_, at) => at + 1),
  );
  const replayed = new Map<string, WatchedOrder>();
  for (const { type, watch } of events) {
    if (type === "order.removed") replayed.delete(watch.id);
    else replayed.set(watch.id, watch);
  }
  assertEquals(new Map(watches.map((watch) => [watch.id, watch])), replayed);
  return replayed;
}

/** Makes sure that a store has what was said to be done with it. */
async function assertKept(file: string, lines: string[]): Promise<void> {
  const store = openSqliteStore(file, clock);
  const watches = await readConsistent(store);
  await store.close();
  const done = new Map<string, string>();
  for (const line of lines) {
    const [what = "", id = ""] = line.split(" ");
    done.set(id, what);
  }
  for (const [id, what] of done) {
    const watch = watches.get(id);
    // What came next was asked for, and may have been done too.
    if (what === "removed") assertEquals(watch, undefined);
    if (what === "watched") assert(watch);
    if (what === "changed") assertGreaterOrEqual(watch?.polls ?? 0, 1);
    if (what === "settled" && watch) assertEquals(watch.state, "settled");
  }
  const database = new DatabaseSync(file);
  const found = database.prepare("PRAGMA integrity_check").all();
  assertEquals(found.map((row) => Object.values(row)), [["ok"]]);
  database.close();
}

test("a store keeps all that it said it has kept when it is killed", async () => {
  await using folder = new TemporaryFolder();
  const file = `${folder.path}/orders.db`;
  const done: string[] = [];
  for (const lines of [150, 37, 411]) {
    await using child = StoreProcess.start(folder.path, file, "write");
    await child.printed((printed) => printed.length >= lines);
    await child[Symbol.asyncDispose]();
    assertGreaterOrEqual(child.lines.length, lines);
    done.push(...child.lines.slice(1));
    await assertKept(file, done);
  }
});

test("a store keeps all that it said it has kept when its disk fails", async () => {
  await using folder = new TemporaryFolder();
  const file = `${folder.path}/orders.db`;
  const done: string[] = [];
  for (const largestFile of [400, 700]) {
    await using child = StoreProcess.start(
      folder.path,
      file,
      "write",
      largestFile,
    );
    await child.ended();
    assertEquals(
      child.lines.at(-1),
      `Cannot use the database '${file}': the disk failed (disk I/O error, ` +
        "SQLite's code 778); look into the system's log",
    );
    assertGreaterOrEqual(child.lines.length, 20);
    done.push(...child.lines.slice(1, -1));
    await assertKept(file, done);
  }
});

test("a store is for one program, until that ends in any way", async () => {
  await using folder = new TemporaryFolder();
  const file = `${folder.path}/data/orders.db`;
  await using first = StoreProcess.start(folder.path, file, "hold");
  await first.printed((lines) => lines.length > 0);
  assertEquals(first.lines, ["open"]);

  await using second = StoreProcess.start(folder.path, file, "hold");
  await second.ended();
  assertEquals(second.lines, [
    `Cannot use the database '${file}': another program holds it, maybe ` +
    "another daemon (database is locked, SQLite's code 5); stop that one, or " +
    "name another file",
  ]);
  assertThrows(() => openSqliteStore(file, clock), StoreError, "holds it");

  await first[Symbol.asyncDispose]();
  const store = openSqliteStore(file, clock);
  await store.check();
  await using third = StoreProcess.start(folder.path, file, "hold");
  await third.ended();
  assertEquals(third.lines, second.lines);
  assertThrows(
    () => openSqliteStore(file, clock),
    StoreError,
    "this program has it open already",
  );
  await using fourth = StoreProcess.start(folder.path, file, "hold");
  await fourth.ended();
  assertEquals(fourth.lines, second.lines);
  await store.check();
  await store.close();
});

test("a store needs to read and write its own folder, nothing else", async () => {
  await using folder = new TemporaryFolder();
  await Deno.mkdir(`${folder.path}/elsewhere`);
  // Names that mean something else to SQLite.
  for (const file of ["orders.db", ":memory:", "file:orders.db?mode=memory"]) {
    await using child = StoreProcess.start(folder.path, file, "write");
    await child.printed((lines) => lines.length > 3);
    await child[Symbol.asyncDispose]();
    assertEquals(child.lines[0], "open");
    const store = openSqliteStore(`${folder.path}/${file}`, clock);
    assertGreaterOrEqual(await store.lastSequence(), 3);
    await store.close();
  }
  await using child = StoreProcess.start(
    `${folder.path}/elsewhere`,
    `${folder.path}/orders.db`,
    "hold",
  );
  await child.ended();
  assertEquals(child.lines, [
    `Cannot use the database '${folder.path}/orders.db': Deno may not use it; ` +
    `run with --allow-read='${folder.path}' --allow-write='${folder.path}'`,
  ]);
});
