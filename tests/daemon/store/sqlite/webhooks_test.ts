import { assertEquals } from "@std/assert";
import { openSqliteStore } from "../../../../daemon/store/sqlite/sqlite_store.ts";
import { TestClock } from "../../../helpers/client/test_clock.ts";
import { test } from "../../../helpers/client/testing.ts";
import { pauseStoreTests } from "../contract/pause_store.ts";
import {
  closing,
  sqlitePlace,
  TemporaryFolder,
} from "../../../helpers/store/sqlite_place.ts";
import { begun } from "../../../helpers/store/transitions.ts";
import {
  addTo,
  endpointOf,
  webhookStoreTests,
} from "../contract/webhook_store.ts";

webhookStoreTests("SqliteStore", sqlitePlace);
pauseStoreTests("SqliteStore", sqlitePlace);

test("an endpoint has its place within the commit that it came in", async () => {
  await using folder = new TemporaryFolder();
  const store = openSqliteStore(`${folder.path}/orders.db`, new TestClock());
  await using _closed = closing(store);
  // One commit, in this order.
  const [, { endpoint }] = await Promise.all([
    store.watch([begun("1")]),
    addTo(store, endpointOf()),
    store.watch([begun("2")]),
  ]);
  assertEquals(endpoint.cursor, 1);
});
