import {
  assert,
  assertEquals,
  assertNotEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { DatabaseFile } from "../../../../daemon/store/sqlite/database_file.ts";
import { run } from "../../../../daemon/store/sqlite/query.ts";
import { openSqliteStore } from "../../../../daemon/store/sqlite/sqlite_store.ts";
import { StoreError } from "../../../../daemon/store/store.ts";
import { TestClock } from "../../../helpers/client/test_clock.ts";
import { test } from "../../../helpers/client/testing.ts";
import { runDeno } from "../../../helpers/system/run_deno.ts";
import { assertRefused, readFiles } from "../../../helpers/store/refusal.ts";
import {
  copyFiles,
  TemporaryFolder,
} from "../../../helpers/store/sqlite_place.ts";
import { begun, changed, settled } from "../../../helpers/store/transitions.ts";

const clock = new TestClock();

/** A store with some watches, closed. */
async function makeStore(folder: { path: string }): Promise<string> {
  const file = `${folder.path}/orders.db`;
  const store = openSqliteStore(file, clock);
  await store.watch(
    Array.from({ length: 2000 }, (_, at) => begun(String(at + 1))),
  );
  await store.update(settled(changed(begun("1").watch).watch));
  await store.close();
  return file;
}

/** Does something to a database as another program might. */
function edit(file: string, ...statements: string[]): void {
  const database = new DatabaseSync(file);
  for (const statement of statements) database.exec(statement);
  database.close();
}

test("a database is made with its folder, for its owner alone", async () => {
  await using folder = new TemporaryFolder();
  const file = `${folder.path}/some/where/orders.db`;
  const store = openSqliteStore(file, clock);
  await store.watch([begun("1")]);
  for (const name of ["orders.db", "orders.db-wal"]) {
    const { mode } = await Deno.stat(`${folder.path}/some/where/${name}`);
    assertEquals((mode ?? 0) & 0o777, 0o600, name);
  }
  await store.close();
  const files = [...(await readFiles(`${folder.path}/some/where`)).keys()];
  assertEquals(files, ["orders.db"]);
});

test("a commit is on the disk before it is told of, and nobody else writes", async () => {
  await using folder = new TemporaryFolder();
  // Nothing short of a power cut would tell these from weaker ones.
  for (let opening = 0; opening < 2; opening++) {
    const file = new DatabaseFile(`${folder.path}/orders.db`);
    const settings = ["synchronous", "journal_mode", "locking_mode"]
      .map((name) => run(file.connection, `PRAGMA ${name}`)[0]?.[0]);
    // 2 is FULL.
    assertEquals(settings, [2, "wal", "exclusive"]);
    file.close();
  }
});

test("an empty file is made a database", async () => {
  await using folder = new TemporaryFolder();
  const file = `${folder.path}/orders.db`;
  await Deno.writeFile(file, new Uint8Array());
  await openSqliteStore(file, clock).close();
  assertNotEquals((await Deno.stat(file)).size, 0);
});

test("a path where no file can be is refused", async () => {
  await using folder = new TemporaryFolder();
  const folderReason = "it is a folder; name a file";
  await assertRefused(folder, folderReason, folder.path);
  await Deno.writeTextFile(`${folder.path}/file`, "text");
  for (const below of ["file/orders.db", "file/data/orders.db"]) {
    await assertRefused(folder, "name another file", `${folder.path}/${below}`);
  }
  const long = `${folder.path}/${"long".repeat(70)}`;
  await assertRefused(folder, "File name too long", long);
  await assertRefused(folder, "not a file; name another", "/dev/null");
});

test("a file that is no SQLite database is refused", async () => {
  await using folder = new TemporaryFolder();
  const file = `${folder.path}/orders.db`;
  const contents = [
    "1642251003\n",
    "SQLite format 3\0",
    "SQLite format 4\0".padEnd(4096, "x"),
    "x".repeat(100_000),
  ];
  for (const content of contents) {
    await Deno.writeTextFile(file, content);
    await assertRefused(folder, "it is not a SQLite database");
  }
});

test("the database of another application is refused", async () => {
  const others = [
    ["CREATE TABLE watches (id)"],
    ["PRAGMA application_id = 252006674", "CREATE TABLE watches (id)"],
    [
      "PRAGMA user_version = 1",
      "PRAGMA journal_mode = WAL",
      "CREATE TABLE t (x)",
    ],
  ];
  for (const statements of others) {
    await using folder = new TemporaryFolder();
    edit(`${folder.path}/orders.db`, ...statements);
    await assertRefused(folder, "it is the database of another application");
  }
});

test("a crash of another application is left for it to repair", async () => {
  for (const mode of ["WAL", "DELETE"]) {
    await using folder = new TemporaryFolder();
    await Deno.mkdir(`${folder.path}/running`);
    const other = new DatabaseSync(`${folder.path}/running/orders.db`);
    other.exec(`PRAGMA journal_mode = ${mode}; CREATE TABLE t (x)`);
    other.exec("PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN");
    for (let row = 0; row < 500; row++) {
      other.exec("INSERT INTO t VALUES (zeroblob(1000))");
    }
    const crashed = `${folder.path}/crashed`;
    await copyFiles(`${folder.path}/running`, crashed);
    other.close();
    assert((await readFiles(crashed)).size > 1);
    await assertRefused({ path: crashed }, "another application");
  }
});

test("a database of a newer version is refused", async () => {
  await using folder = new TemporaryFolder();
  edit(await makeStore(folder), "PRAGMA user_version = 7");
  await assertRefused(
    folder,
    "a newer daemon has made it (version 7, this daemon knows 6); run that",
  );
});

test("a damaged database is refused", async () => {
  await using folder = new TemporaryFolder();
  const file = await makeStore(folder);
  const whole = await Deno.readFile(file);
  const page = 4096;
  const damages: ((bytes: Uint8Array) => Uint8Array)[] = [
    (bytes) => bytes.slice(0, bytes.length - 5 * page),
    (bytes) => bytes.slice(0, 5000),
    (bytes) => bytes.fill(0, 3 * page, 5 * page),
    (bytes) => bytes.fill(0xff, 100, 200),
    (bytes) => bytes.copyWithin(page, 2 * page, 3 * page),
  ];
  for (const damage of damages) {
    await Deno.writeFile(file, damage(whole.slice()));
    await assertRefused(folder, "it is damaged (");
  }
  await Deno.writeFile(file, whole);
  await openSqliteStore(file, clock).close();
});

test("a database that a reader holds is refused", async () => {
  await using folder = new TemporaryFolder();
  const file = await makeStore(folder);
  const reader = new DatabaseSync(file);
  reader.exec("BEGIN; SELECT * FROM watches");
  assertThrows(
    () => openSqliteStore(file, clock),
    StoreError,
    "another program holds it",
  );
  reader.close();
  await openSqliteStore(file, clock).close();
});

test("an ordinary user is told what they may not do", async () => {
  await using folder = new TemporaryFolder();
  const file = await makeStore(folder);
  const program = new URL(
    "../../../helpers/store/use_store_as_nobody.ts",
    import.meta.url,
  );
  const refuse = async (reason: string, path: string) => {
    const { code, output } = await runDeno(
      ["run", "--quiet", "--allow-all", program.href, path],
      new URL(".", program),
    );
    assertEquals(code, 0, output);
    assertStringIncludes(output, `'${path}': ${reason}`);
    assertEquals(await Deno.readFile(file), bytes);
  };
  const bytes = await Deno.readFile(file);
  const reason = "this user may not read and write it; change its permissions";
  await Deno.chmod(folder.path, 0o755);
  for (const mode of [0o000, 0o444, 0o200]) {
    await Deno.chmod(file, mode);
    await refuse(reason, file);
  }
  await Deno.chmod(file, 0o666);
  await Deno.chmod(folder.path, 0o555);
  await refuse("it or its folder is read-only", file);
  await refuse(reason, `${folder.path}/other.db`);
  await refuse(reason, `${folder.path}/data/orders.db`);
  await Deno.chmod(folder.path, 0o000);
  await refuse(reason, file);
  await Deno.chmod(folder.path, 0o755);
});
