import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { SlewedClock } from "../../../daemon/cluster/slewed_clock.ts";
import type { Moment } from "../../../daemon/cluster/lease_deadline.ts";
import { test } from "../../helpers/client/testing.ts";

/** A date that follows another one, by a clock that a test sets. */
function setUp() {
  const time = { now: 500 };
  const date = new SlewedClock(() => time.now, 1_000_000);
  return { date, time };
}

/** A moment, by a machine whose date is off and that slept for so long. */
function moment(now: number, slept = 0): Moment {
  return { now, wall: 3_000_000 + now + slept };
}

function assertNear(date: number, expected: number): void {
  assert(Math.abs(date - expected) < 1e-5, `${date}, not ${expected}`);
}

test("FollowedDate is the machine's until it hears of another", () => {
  const { date, time } = setUp();
  assertEquals(date.now, 1_000_000);
  time.now += 250;
  assertEquals(date.now, 1_000_250);
});

test("FollowedDate takes the first as it is", () => {
  const { date, time } = setUp();
  time.now += 40;
  // It was so at some moment of the 40 milliseconds; on average 20 ago.
  date.hear(7_000_000, moment(500));
  assertEquals(date.now, 7_000_020);
  time.now += 1_000;
  assertEquals(date.now, 7_001_020);
});

test("FollowedDate comes closer by a hundredth, forward or back", () => {
  for (const error of [1_000, -1_000]) {
    const { date, time } = setUp();
    date.hear(7_000_000, moment(500));
    date.hear(7_000_000 + error, moment(500));
    assertEquals(date.now, 7_000_000);
    time.now += 1_000;
    assertEquals(date.now, 7_001_000 + Math.sign(error) * 10);
    time.now += 1_000_000;
    assertNear(date.now, 8_001_000 + error);
  }
});

test("FollowedDate does not follow what may only have been slow", () => {
  const { date, time } = setUp();
  date.hear(7_000_000, moment(500));
  time.now += 3_000;
  // It can have been told at any moment of the last 3 seconds.
  for (const told of [7_000_000, 7_001_500, 7_003_000]) {
    date.hear(told, moment(500));
    time.now += 1_000_000;
    assertEquals(date.now, 7_000_000 + time.now - 500);
    time.now -= 1_000_000;
  }
});

test("FollowedDate moves gently while its error is small", () => {
  fc.assert(fc.property(
    fc.array(fc.record({
      pause: fc.nat({ max: 100_000 }),
      error: fc.integer({ min: -1000, max: 1000 }),
      trip: fc.nat({ max: 10_000 }),
    })),
    (heard) => {
      const { date, time } = setUp();
      date.hear(7_000_000, moment(time.now));
      for (const { error, pause, trip } of heard) {
        const before = date.now;
        time.now += pause + trip;
        const passed = date.now - before;
        assert(Math.abs(passed - pause - trip) <= 0.01 * (pause + trip) + 1e-5);
        const now = date.now;
        date.hear(now + error, moment(time.now - trip));
        assertNear(date.now, now);
      }
    },
  ));
});

test("FollowedDate is corrected at once after a suspend, or a step", () => {
  for (const error of [1_001, 50_000, 8 * 3_600_000, -40 * 86_400_000]) {
    const { date, time } = setUp();
    date.hear(7_000_000, moment(500));
    time.now += 1_000;
    date.hear(7_001_000 + error, moment(1_500, 50_000));
    assertEquals(date.now, 7_001_000 + error);
    time.now += 1_000;
    assertEquals(date.now, 7_002_000 + error);
  }
});
