import { assertEquals, assertRejects } from "@std/assert";
import { openSqliteStore } from "../../../../daemon/store/sqlite/sqlite_store.ts";
import { StoreError } from "../../../../daemon/store/store.ts";
import { beginWatch } from "../../../../daemon/polling/watched_order.ts";
import { TestClock } from "../../../helpers/client/test_clock.ts";
import { test } from "../../../helpers/client/testing.ts";

async function inFolder(run: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(`${folder}/orders.db`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

test("backup() copies all that is durable, and again in its place", () =>
  inFolder(async (path) => {
    const clock = new TestClock();
    const store = openSqliteStore(path, clock);
    for (const ids of [["1", "2"], ["3"]]) {
      await store.watch(ids.map((id) => beginWatch(id, null, 5)));
      assertEquals(await store.backup(), `${path}.backup`);
    }
    await store.watch([beginWatch("4", null, 5)]);
    await store.close();
    const copy = openSqliteStore(`${path}.backup`, clock);
    const watches = await copy.loadWatching();
    assertEquals(watches.map(({ id }) => id).sort(), ["1", "2", "3"]);
    assertEquals(await copy.lastSequence(), 3);
    await copy.close();
  }));

test("backup() says why it cannot, and keeps the copy before", () =>
  inFolder(async (path) => {
    const store = openSqliteStore(path, new TestClock());
    await store.backup();
    await Deno.mkdir(`${path}.backup.part`);
    await assertRejects(() => store.backup(), StoreError, "orders.db.backup");
    assertEquals(Deno.statSync(`${path}.backup`).isFile, true);
    await store.close();
    await assertRejects(() => store.backup(), StoreError, "it is closed");
  }));
