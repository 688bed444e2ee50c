import { assertEquals } from "@std/assert";
import type { StoredEvent } from "../../../daemon/store/store.ts";
import { Window, WINDOW_SIZE } from "../../../daemon/webhooks/window.ts";
import { test } from "../../helpers/client/testing.ts";
import { begun } from "../../helpers/store/transitions.ts";

function eventOf(sequence: number, order: string): StoredEvent {
  const { watch } = begun(order);
  return {
    epoch: "e1",
    sequence,
    type: "order.changed",
    at: watch.watchedAt,
    watch,
  };
}

/** A window with the events of these orders, the first one of sequence 11. */
function windowOf(...orders: string[]): Window {
  const window = new Window(10);
  const events = orders.map((order, at) => eventOf(11 + at, order));
  window.add(events, 10 + orders.length);
  return window;
}

test("of each order the first event that is left may be sent", () => {
  const window = windowOf("1", "1", "2");
  const first = window.next(0)!;
  assertEquals(first.sequence, 11);
  first.isUnderWay = true;
  const second = window.next(0)!;
  assertEquals(second.sequence, 13);
  second.isUnderWay = true;
  assertEquals(window.next(0), undefined);
  window.finish(first);
  assertEquals(window.next(0)?.sequence, 12);
});

test("the cursor stands before the first event that is left", () => {
  const window = windowOf("1", "2", "3");
  assertEquals([window.cursor, window.left, window.readTo], [10, 3, 13]);
  const owed = ["1", "2", "3"].map(() => {
    const one = window.next(0)!;
    one.isUnderWay = true;
    return one;
  });
  assertEquals(window.room, WINDOW_SIZE - 3);
  window.finish(owed[1]!);
  assertEquals([window.cursor, window.left], [10, 2]);
  window.finish(owed[0]!);
  assertEquals([window.cursor, window.left], [12, 1]);
  window.finish(owed[2]!);
  assertEquals([window.cursor, window.room], [13, WINDOW_SIZE]);
  // What is not owed counts as done.
  window.add([], 20);
  assertEquals(window.cursor, 20);
});

test("what failed is sent when it is due, before what was never sent", () => {
  const window = windowOf("1", "2");
  window.next(0)!.failures = { since: 0, count: 1, nextAt: 100 };
  assertEquals([window.heldSince, window.nextRetryAt()], [0, 100]);
  assertEquals(window.next(99)?.sequence, 12);
  assertEquals(window.next(100)?.sequence, 11);
});

test("however many have failed, others are begun", () => {
  const orders = Array.from({ length: 100 }, (_, at) => `${at + 1}`);
  const window = windowOf(...orders);
  for (let held = 0; held < 99; held++) {
    window.next(0)!.failures = { since: 0, count: 1, nextAt: 100 };
  }
  assertEquals(window.next(99)?.sequence, 110);
  assertEquals(window.next(100)?.sequence, 11);
});

test("what is done takes no room, whatever is held before it", () => {
  const window = windowOf("1", "2", "3");
  window.next(0)!.failures = { since: 0, count: 1, nextAt: 100 };
  for (const order of ["2", "3"]) {
    const owed = window.next(0)!;
    assertEquals(owed.order, order);
    window.finish(owed);
  }
  assertEquals([window.cursor, window.left], [10, 1]);
  assertEquals(window.room, WINDOW_SIZE - 1);
});

test("no event is held that is not being sent", () => {
  const window = windowOf("1", "2");
  const sending = window.next(0)!;
  sending.isUnderWay = true;
  window.letGo();
  assertEquals(sending.event?.sequence, 11);
  assertEquals(window.next(0)?.event, undefined);
});

test("what failed while an endpoint was down failed for that alone", () => {
  const window = windowOf("1", "2", "3");
  const [before, first, later] = [100, 200, 300].map((since) => {
    const owed = window.next(0)!;
    owed.failures = { since, count: 5, nextAt: 9_000 };
    return owed;
  });
  window.recover(200, 1_000);
  assertEquals(before!.failures, { since: 100, count: 5, nextAt: 9_000 });
  const anew = { since: 1_000, count: 1, nextAt: 1_000 };
  assertEquals([first!.failures, later!.failures], [anew, anew]);
});

test("it is asked by what has failed least often whether it is up again", () => {
  const window = windowOf("1", "2", "3", "3");
  const since = 0;
  window.next(0)!.failures = { since, count: 2, nextAt: 100 };
  window.next(0)!.failures = { since, count: 1, nextAt: 100 };
  window.next(0)!.failures = { since, count: 1, nextAt: 100 };
  assertEquals(window.probe()?.sequence, 12);
  window.probe()!.failures = { since, count: 3, nextAt: 100 };
  assertEquals(window.probe()?.sequence, 13);
});

test("what had failed before is tried at once, though the date was set", () => {
  const window = windowOf("1");
  window.recall(5_000);
  assertEquals(window.heldSince, 5_000);
  assertEquals(window.next(0)?.sequence, 11);
});

test("what waits to be tried again is, once the date was set back", () => {
  const window = windowOf("1");
  const owed = window.next(0)!;
  owed.failures = { since: 0, count: 5, nextAt: 9_000_000 };
  owed.failedAt = 7_200_000;
  assertEquals(window.next(7_200_000), undefined);
  assertEquals(window.next(7_199_000), undefined);
  assertEquals(window.next(3_600_000)?.sequence, 11);
});
