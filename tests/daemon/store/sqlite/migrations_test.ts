import {
  assertEquals,
  assertMatch,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { DatabaseFile } from "../../../../daemon/store/sqlite/database_file.ts";
import { MIGRATIONS } from "../../../../daemon/store/sqlite/migrations.ts";
import {
  openSqliteStore,
  SqliteStore,
} from "../../../../daemon/store/sqlite/sqlite_store.ts";
import { StoreError } from "../../../../daemon/store/store.ts";
import { TestClock } from "../../../helpers/client/test_clock.ts";
import { test } from "../../../helpers/client/testing.ts";
import { readFiles } from "../../../helpers/store/refusal.ts";
import { TemporaryFolder } from "../../../helpers/store/sqlite_place.ts";
import {
  ADD_SECOND_VERSION_ENDPOINT,
  SECOND_VERSION_ENDPOINT,
} from "../../../helpers/store/second_version.ts";
import { begun, changed } from "../../../helpers/store/transitions.ts";

const clock = new TestClock();

const SECOND = [
  "CREATE TABLE notes (id INTEGER PRIMARY KEY, note TEXT) STRICT",
  "INSERT INTO notes (id, note) SELECT id, 'from ' || polls FROM watches",
];
const THIRD = ["ALTER TABLE notes ADD COLUMN seen INTEGER NOT NULL DEFAULT 0"];

/** A store of the version of this daemon with two watches, closed. */
async function makeFirst(folder: TemporaryFolder): Promise<string> {
  const path = `${folder.path}/orders.db`;
  const store = openSqliteStore(path, clock);
  await store.watch([begun("1"), begun("9223372036854775807")]);
  await store.update(changed(begun("1").watch));
  await store.close();
  return path;
}

/** What a database answers, as it is opened with these versions. */
function ask(
  path: string,
  migrations: typeof MIGRATIONS,
  query: string,
): unknown[] {
  const file = new DatabaseFile(path, migrations);
  try {
    return file.connection.prepare(query).all();
  } finally {
    file.close();
  }
}

test("a database is brought to the newest version, once", async () => {
  await using folder = new TemporaryFolder();
  const path = await makeFirst(folder);
  const versions = [...MIGRATIONS, SECOND, THIRD];
  const notes = "SELECT CAST(id AS TEXT), note, seen FROM notes";
  const expected = [["1", "from 1", 0], ["9223372036854775807", "from 0", 0]];
  assertEquals(ask(path, versions, notes), expected);
  assertEquals(ask(path, versions, notes), expected);
  assertEquals(ask(path, versions, "PRAGMA user_version"), [[
    MIGRATIONS.length + 2,
  ]]);

  const file = new DatabaseFile(path, versions);
  const store = new SqliteStore(file, clock);
  assertEquals(await store.find("1"), changed(begun("1").watch).watch);
  assertEquals(await store.lastSequence(), 3);
  await store.close();
});

test("a database is brought from any version, and made of the newest", async () => {
  await using folder = new TemporaryFolder();
  const path = await makeFirst(folder);
  const count = "SELECT count(*) FROM notes";
  assertEquals(ask(path, [...MIGRATIONS, SECOND], count), [[2]]);
  const versions = [...MIGRATIONS, SECOND, THIRD];
  assertEquals(ask(path, versions, "SELECT sum(seen) FROM notes"), [[0]]);
  const fresh = `${folder.path}/new.db`;
  assertEquals(ask(fresh, versions, "SELECT count(*), sum(seen) FROM notes"), [
    [0, null],
  ]);
});

test("a version that cannot be made leaves the one before", async () => {
  await using folder = new TemporaryFolder();
  const path = await makeFirst(folder);
  const before = await readFiles(folder.path);
  const broken = ["CREATE TABLE notes (id)", "INSERT INTO nowhere VALUES (1)"];
  const { message } = assertThrows(
    () => new DatabaseFile(path, [...MIGRATIONS, broken]),
    StoreError,
  );
  assertEquals(
    message,
    `Cannot use the database '${path}': no such table: nowhere, SQLite's code 1`,
  );
  assertEquals(await readFiles(folder.path), before);

  const versions = [...MIGRATIONS, SECOND, broken];
  assertThrows(() => new DatabaseFile(path, versions), StoreError);
  const { message: newer } = assertThrows(
    () => openSqliteStore(path, clock),
    StoreError,
  );
  const second = MIGRATIONS.length + 1;
  assertStringIncludes(newer, `a newer daemon has made it (version ${second}`);
  assertEquals(ask(path, [...MIGRATIONS, SECOND], "PRAGMA user_version"), [
    [second],
  ]);
});

test("a database from before webhooks has none, and all that it had", async () => {
  await using folder = new TemporaryFolder();
  const path = `${folder.path}/orders.db`;
  const file = new DatabaseFile(path, MIGRATIONS.slice(0, 1));
  for (const [table, also] of [["watches", ""], ["events", ", type, at"]]) {
    file.connection.exec(`INSERT INTO ${table} (
        id, watched_at, next_poll_at, polls, consecutive_errors ${also}
      ) VALUES (1, 1000, 2000, 3, 0 ${also && ", 'order.watched', 1000"})`);
  }
  file.close();
  const store = openSqliteStore(path, clock);
  assertEquals(await store.webhooks.loadEndpoints(), []);
  const watch = {
    ...begun("1", { at: 1000 }).watch,
    nextPollAt: 2000,
    polls: 3,
  };
  assertEquals(await store.find("1"), watch);
  assertEquals((await store.history("1")).map((event) => event.watch), [watch]);
  await store.close();
});

test("endpoints are kept from before they could be resumed elsewhere", async () => {
  await using folder = new TemporaryFolder();
  const path = `${folder.path}/orders.db`;
  const file = new DatabaseFile(path, MIGRATIONS.slice(0, 2));
  file.connection.exec(ADD_SECOND_VERSION_ENDPOINT);
  file.close();
  const store = openSqliteStore(path, clock);
  const [endpoint] = await store.webhooks.loadEndpoints();
  assertEquals(endpoint, SECOND_VERSION_ENDPOINT);
  await store.webhooks.saveProgress([{ ...endpoint!, cursor: 8 }]);
  assertEquals((await store.webhooks.loadEndpoints())[0]?.cursor, 8);
  await store.close();
});

test("events of a database from before epochs have one", async () => {
  await using folder = new TemporaryFolder();
  const path = await makeFirst(folder);
  const file = new DatabaseFile(path);
  file.connection.exec("DROP TABLE epochs; PRAGMA user_version = 5");
  file.close();
  const store = openSqliteStore(path, clock);
  const epoch = await store.epochOf(3);
  assertMatch(epoch!, /^[0-9a-f]{16}$/);
  const events = await store.eventsAfter(0, 10);
  assertEquals(events.map((event) => event.epoch), [epoch, epoch, epoch]);
  await store.close();
});
