import { assertEquals } from "@std/assert";
import { openSqliteStore } from "../../../daemon/store/sqlite.ts";
import type { StoredEvent } from "../../../daemon/watch/store.ts";
import { TestClock } from "../../client/test_clock.ts";
import { test } from "../../client/testing.ts";
import { closing, TemporaryFolder } from "./sqlite_place.ts";
import { BEGAN, begun, changed } from "./transitions.ts";

test("what is asked for in one turn is told of in one go", async () => {
  await using folder = new TemporaryFolder();
  const store = openSqliteStore(`${folder.path}/orders.db`, new TestClock());
  await using _closed = closing(store);
  const told: (readonly StoredEvent[])[] = [];
  store.onEvents = (events) => told.push(events);
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
