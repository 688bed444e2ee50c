import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { openSqliteStore } from "../../../../daemon/store/sqlite/sqlite_store.ts";
import { StoreError } from "../../../../daemon/store/store.ts";
import { TestClock } from "../../../helpers/client/test_clock.ts";
import { test } from "../../../helpers/client/testing.ts";
import {
  closing,
  TemporaryFolder,
} from "../../../helpers/store/sqlite_place.ts";
import { begun, changed, settled } from "../../../helpers/store/transitions.ts";

const clock = new TestClock();
const ID = "9223372036854775807";

test("a row that nobody can read is told by its order", async () => {
  const edits: [edit: string, reason: string][] = [
    [
      "UPDATE watches SET number_order = '{' WHERE polls > 0",
      `the number_order of order '${ID}' is not an order; put that right with ` +
      "sqlite3 while no daemon runs, or delete the row",
    ],
    [
      "UPDATE watches SET outcome = 'lost', settled_at = 1 WHERE polls > 0",
      `order '${ID}' has the outcome 'lost'; put that right with sqlite3 ` +
      "while no daemon runs, or delete the row",
    ],
    [
      "UPDATE watches SET polls = 9007199254740993 WHERE polls > 0",
      "it holds a number that no daemon has written; put that right with " +
      "sqlite3 while no daemon runs (Value is too large to be represented as " +
      "a JavaScript number: 9007199254740993)",
    ],
  ];
  for (const [edit, reason] of edits) {
    await using folder = new TemporaryFolder();
    const path = `${folder.path}/orders.db`;
    const first = openSqliteStore(path, clock);
    await first.watch([begun("1"), begun(ID)]);
    await first.update(changed(begun(ID).watch));
    await first.close();
    const database = new DatabaseSync(path);
    database.exec(edit);
    database.close();

    const store = openSqliteStore(path, clock);
    await using _closed = closing(store);
    const calls = [
      () => store.find(ID),
      () => store.list({ limit: 9 }),
      () => store.watch([begun("2"), begun(ID)]),
      () => store.relabel(ID, "new", 0),
      () => store.remove(ID, 0),
    ];
    for (const call of calls) {
      const { message } = await assertRejects(call, StoreError);
      assertEquals(message, `Cannot use the database '${path}': ${reason}`);
    }
    assertEquals(await store.find("1"), begun("1").watch);
    assertEquals(await store.find("2"), undefined);
    assertEquals(await store.lastSequence(), 3);
  }
});

test("the tables take no state that a watch cannot be in", async () => {
  await using folder = new TemporaryFolder();
  const path = `${folder.path}/orders.db`;
  const store = openSqliteStore(path, clock);
  await store.watch([begun("1"), begun("2")]);
  await store.update(settled(begun("2").watch));
  await store.close();
  const database = new DatabaseSync(path);
  const impossible = [
    "UPDATE watches SET outcome = 'fulfilled' WHERE id = 1",
    "UPDATE watches SET settled_at = NULL WHERE id = 2",
    "UPDATE watches SET error_code = 'network' WHERE id = 1",
    "UPDATE watches SET error_at = 1 WHERE id = 1",
    "UPDATE watches SET polls = NULL WHERE id = 1",
    "UPDATE watches SET polls = 'many' WHERE id = 1",
    "UPDATE events SET type = NULL",
  ];
  for (const edit of impossible) {
    assertThrows(() => database.exec(edit), Error, undefined);
  }
  database.exec("PRAGMA ignore_check_constraints = ON");
  database.exec(impossible[0]!);
  database.close();
  assertThrows(
    () => openSqliteStore(path, clock),
    StoreError,
    "it is damaged (CHECK constraint failed in watches); put a backup",
  );
});
