import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { openSqliteStore } from "../../../../daemon/store/sqlite/sqlite_store.ts";
import { TestClock } from "../../../helpers/client/test_clock.ts";
import { test } from "../../../helpers/client/testing.ts";
import { assertRefused } from "../../../helpers/store/refusal.ts";
import {
  closing,
  copyFiles,
  TemporaryFolder,
} from "../../../helpers/store/sqlite_place.ts";
import { begun } from "../../../helpers/store/transitions.ts";

const clock = new TestClock();

/** The ids of the orders that a killed daemon leaves behind in a folder. */
async function idsAfterKill(folder: string): Promise<string[]> {
  await using left = new TemporaryFolder();
  const copy = `${left.path}/copy`;
  await copyFiles(folder, copy);
  const store = openSqliteStore(`${copy}/orders.db`, clock);
  await using _closing = closing(store);
  return (await store.loadWatching()).map(({ id }) => id).sort();
}

const LOSSES: [string, (log: string) => Promise<void>][] = [
  ["deleted", (log) => Deno.remove(log)],
  ["moved", (log) => Deno.rename(log, `${log}.moved`)],
  [
    "replaced",
    async (log) => {
      await Deno.remove(log);
      await Deno.writeFile(log, new Uint8Array(100_000));
    },
  ],
];

for (const [what, lose] of LOSSES) {
  test(`nothing is lost with a log that is ${what} while it is used`, async () => {
    await using folder = new TemporaryFolder();
    const file = `${folder.path}/orders.db`;
    const warnings: string[] = [];
    const store = openSqliteStore(file, clock, (text) => warnings.push(text));
    await using _closing = closing(store);
    await store.watch([begun("1")]);
    for (const id of ["2", "3"]) {
      await lose(`${file}-wal`);
      await store.watch([begun(id)]);
    }
    await store.watch([begun("4")]);
    assertEquals(await idsAfterKill(folder.path), ["1", "2", "3", "4"]);
    assertEquals(warnings.length, 2);
    assertStringIncludes(warnings[0]!, `'${file}-wal' was moved, deleted or`);
  });
}

test("a database whose log is missing is refused", async () => {
  await using folder = new TemporaryFolder();
  const running = `${folder.path}/running`;
  const store = openSqliteStore(`${running}/orders.db`, clock);
  await store.watch([begun("1")]);
  const copy = `${folder.path}/copy`;
  await copyFiles(running, copy);
  await store.close();

  await Deno.remove(`${copy}/orders.db-wal`);
  await assertRefused(
    { path: copy },
    `'${copy}/orders.db-wal' is missing, and with it what was stored last; ` +
      "put that file back, or restore a backup. To start without what it " +
      `held, create an empty file '${copy}/orders.db-wal'`,
  );
  await Deno.writeFile(`${copy}/orders.db-wal`, new Uint8Array());
  assertEquals(await idsAfterKill(copy), []);
});

test("a database that was closed, and a backup, need no log", async () => {
  await using folder = new TemporaryFolder();
  const file = `${folder.path}/orders.db`;
  const store = openSqliteStore(file, clock);
  await store.watch([begun("1")]);
  const backup = await store.backup();
  await store.watch([begun("2")]);
  await store.close();
  const names = [...Deno.readDirSync(folder.path)].map(({ name }) => name);
  assert(!names.some((name) => name.includes("-")), String(names));
  assertEquals(await idsAfterKill(folder.path), ["1", "2"]);
  await Deno.rename(backup, file);
  assertEquals(await idsAfterKill(folder.path), ["1"]);
});
