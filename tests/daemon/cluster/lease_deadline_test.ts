import { assertEquals } from "@std/assert";
import {
  LeaseDeadline,
  momentOf,
} from "../../../daemon/cluster/lease_deadline.ts";
import { test } from "../../helpers/client/testing.ts";

/** A lease of 5 seconds, by two clocks that a test sets. */
function setUp() {
  const time = { now: 100, wall: 1_000_000 };
  const clocks = { now: () => time.now, wallNow: () => time.wall };
  const term = new LeaseDeadline(clocks, 5_000, momentOf(clocks));
  const pass = (milliseconds: number) => {
    time.now += milliseconds;
    time.wall += milliseconds;
  };
  return { clocks, pass, term, time };
}

test("LeaseTerm ends its questions before the lease ends", () => {
  const { pass, term } = setUp();
  assertEquals([term.canPoll, term.left], [true, 4_500]);
  pass(3_999);
  assertEquals([term.canPoll, term.left], [true, 501]);
  pass(1);
  assertEquals([term.canPoll, term.left], [false, 500]);
  pass(500);
  assertEquals([term.canPoll, term.left], [false, 0]);
  pass(10_000);
  assertEquals([term.canPoll, term.left], [false, 0]);
});

test("LeaseTerm counts from before it was renewed", () => {
  const { clocks, pass, term } = setUp();
  pass(2_000);
  const asked = momentOf(clocks);
  pass(1_500);
  term.renew(asked);
  assertEquals(term.left, 3_000);
});

test("LeaseTerm knows by the date that the machine slept", () => {
  const { term, time } = setUp();
  time.wall += 3_600_000;
  assertEquals([term.canPoll, term.left], [false, 0]);
});

test("LeaseTerm does not last longer for a date that is set back", () => {
  const { pass, term, time } = setUp();
  time.wall -= 3_600_000;
  pass(4_000);
  assertEquals([term.canPoll, term.left], [false, 500]);
});
