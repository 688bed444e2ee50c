import { assertEquals } from "@std/assert";
import { SlotTracker } from "../../../daemon/cluster/slot_tracker.ts";
import { test } from "../../helpers/client/testing.ts";

test("SlotUse uses what is fair and its own", () => {
  const use = new SlotTracker(10);
  assertEquals([use.current, use.used(0)], [0, 0]);
  use.stand({ slots: 3, fairSlots: 5 }, 0);
  assertEquals([use.current, use.used(0)], [3, 3]);
  use.stand({ slots: 10, fairSlots: 5 }, 0);
  assertEquals([use.current, use.used(0)], [5, 5]);
});

test("SlotUse tells of what it gave up a whole window later", () => {
  // Three requests within 1.22 seconds.
  const use = new SlotTracker(2.5);
  use.stand({ slots: 3, fairSlots: 3 }, 0);
  use.stand({ slots: 3, fairSlots: 2 }, 100);
  use.stand({ slots: 3, fairSlots: 1 }, 200);
  assertEquals(use.current, 1);
  assertEquals([1_319, 1_320, 1_420].map((now) => use.used(now)), [3, 2, 1]);
});

test("SlotUse leaves room for the window of another limit", () => {
  const use = new SlotTracker(10);
  use.stand({ slots: 10, fairSlots: 10 }, 0);
  use.stand({ slots: 10, fairSlots: 0, otherLimit: 0.2 }, 0);
  assertEquals(use.current, 0);
  assertEquals([5_019, 5_020].map((now) => use.used(now)), [10, 0]);
});

test("SlotUse gives up having no limit at all", () => {
  const use = new SlotTracker(Infinity);
  use.stand({ slots: Infinity, fairSlots: Infinity }, 0);
  assertEquals(use.current, Infinity);
  use.stand({ slots: Infinity, fairSlots: 0, otherLimit: 5 }, 0);
  assertEquals([1_019, 1_020].map((now) => use.used(now)), [Infinity, 0]);
});
