import { assertEquals } from "@std/assert";
import { OrderRegistry } from "../../../daemon/polling/order_registry.ts";
import {
  beginWatch,
  type WatchedOrder,
} from "../../../daemon/polling/watched_order.ts";
import { test } from "../../helpers/client/testing.ts";
import { orderOf } from "../../helpers/polling/testing.ts";

function watchOf(id: string, watchedAt: number): WatchedOrder {
  return beginWatch(id, null, watchedAt).watch;
}

test("WatchList knows a watch from the one before it", () => {
  const list = new OrderRegistry();
  const [old, anew] = [watchOf("1", 1), watchOf("1", 2)];
  list.put(old, 0);
  assertEquals([list.find("1"), list.current(old)], [old, old]);
  list.put(anew, 0);
  assertEquals([list.find("1"), list.current(old)], [anew, undefined]);
  assertEquals([list.size, list.census.size], [1, 1]);
});

test("WatchList counts each watch once, as it stands", () => {
  const list = new OrderRegistry();
  const watch = watchOf("1", 1);
  list.put(watch, 0);
  list.put({ ...watch, order: orderOf({ id: "1", status: "NEW" }) }, 0);
  list.put(watchOf("2", 1), 0);
  assertEquals([...list.census.byStatus], [["NEW", 1], ["unknown", 1]]);
  for (const id of ["1", "1", "nobody"]) list.remove(id);
  assertEquals([...list].map(({ id }) => id), ["2"]);
  assertEquals([...list.census.byStatus], [["unknown", 1]]);
});
