import { assert, assertEquals, assertLess } from "@std/assert";
import fc from "fast-check";
import { RequestLimit } from "../../../daemon/watch/request_limit.ts";
import { test } from "../../client/testing.ts";

/** Asks as soon as it may until the time is up; answers when it asked. */
function askAll(
  limit: RequestLimit,
  { from = 0, until, late = () => 0 }: {
    from?: number;
    until: number;
    late?: () => number;
  },
): number[] {
  const starts: number[] = [];
  for (let now = from;;) {
    if (limit.nextAt() > now) now = limit.nextAt() + late();
    if (now >= until) return starts;
    limit.take(now);
    starts.push(now);
  }
}

/** The most starts within any stretch of time of this length. */
function most(starts: readonly number[], length: number): number {
  let first = 0;
  return starts.reduce((most, start, place) => {
    while (starts[first]! + length <= start) first++;
    return Math.max(most, place - first + 1);
  }, 0);
}

for (const rate of [0.1, 0.2, 1, 1.5, 2.5, 10, 33.3, 100, 1000, 5000]) {
  test(`RequestLimit lets ${rate} a second through, and no more`, () => {
    const seconds = Math.max(20, 50 / rate);
    const starts = askAll(new RequestLimit(rate), { until: seconds * 1000 });
    const expected = seconds * rate;
    // What may bunch within the slack of 50 ms is all that may be ahead.
    assertLess(Math.abs(starts.length - expected), 2 + rate * 0.05);
    const whole = Math.ceil(rate);
    assertEquals(most(starts, whole * 1000 / rate), whole);
  });
}

test("RequestLimit does not let a rest save anything up", () => {
  const limit = new RequestLimit(10);
  for (const from of [0, 60_000, 3_600_000]) {
    const starts = askAll(limit, { from, until: from + 2000 });
    assertEquals(starts.filter((start) => start === from).length, 1);
    assertEquals(starts[1], from + 50);
    assertEquals(most(starts, 1000), 10);
    assertEquals(starts.length, 20);
  }
});

test("RequestLimit makes up for a timer that is late", () => {
  let step = 0;
  const late = () => [0.2, 7, 1.3, 0, 3.7, 16, 2.1][step++ % 7]!;
  const starts = askAll(new RequestLimit(10), { until: 1_000_000, late });
  // Without making up it would be 4.3 % less.
  assertLess(9850, starts.length);
  assertEquals(most(starts, 1000), 10);
});

test("RequestLimit does not make up for what was missed by far", () => {
  const limit = new RequestLimit(10);
  askAll(limit, { until: 1000 });
  const starts = askAll(limit, { from: 5000, until: 6000 });
  assertEquals(starts.slice(0, 3), [5000, 5050, 5150]);
  assertEquals(starts.length, 10);
});

test("RequestLimit without a limit lets everything through at once", () => {
  const limit = new RequestLimit(Infinity);
  for (let asked = 0; asked < 100_000; asked++) {
    assert(limit.nextAt() <= 0);
    limit.take(0);
  }
  assertEquals(limit.rate, Infinity);
});

test("RequestLimit keeps what was asked just before when it is cut", () => {
  const limit = new RequestLimit(10);
  const before = askAll(limit, { until: 5000 });
  limit.setRate(4);
  assertEquals(limit.rate, 4);
  const after = askAll(limit, { from: 5000, until: 10_000 });
  // The second before had ten, and only four may be in any second from now on.
  assertEquals(after[0], before.at(-4)! + 1000);
  assertEquals(most(before.slice(-4).concat(after), 1000), 4);
});

test("RequestLimit lets no more through when it is raised than it says", () => {
  const limit = new RequestLimit(4);
  const before = askAll(limit, { until: 5000 });
  limit.setRate(10);
  const after = askAll(limit, { from: 5000, until: 10_000 });
  assertEquals(most(before.concat(after), 1000), 10);
  assertLess(48, after.length);
});

test("RequestLimit forgets a long wait when it is raised", () => {
  const limit = new RequestLimit(0.01);
  limit.take(0);
  assertEquals(limit.nextAt(), 100_000);
  limit.setRate(10);
  assertEquals(limit.nextAt(), 50);
});

test("RequestLimit may be lifted and set again", () => {
  const limit = new RequestLimit(5);
  askAll(limit, { until: 3000 });
  limit.setRate(Infinity);
  for (let asked = 0; asked < 20; asked++) {
    assert(limit.nextAt() <= 3000 + asked);
    limit.take(3000 + asked);
  }
  limit.setRate(5);
  // Twenty were asked just now, which is a second's worth and more.
  assertEquals(limit.nextAt(), 4015);
  const after = askAll(limit, { from: 3020, until: 10_000 });
  assertEquals(most(after, 1000), 5);
});

test("RequestLimit takes any rate without much memory", () => {
  const limit = new RequestLimit(1e9);
  for (let now = 0; now < 100; now++) {
    assert(limit.nextAt() <= now);
    limit.take(now);
  }
});

test("RequestLimit counts what was asked since a time", () => {
  for (const rate of [10, Infinity]) {
    const limit = new RequestLimit(rate);
    assertEquals(limit.askedSince(-Infinity), 0);
    for (let now = 0; now < 2000; now += 125) limit.take(now);
    assertEquals(limit.askedSince(-1), 16);
    assertEquals(limit.askedSince(0), 15);
    assertEquals(limit.askedSince(1874), 1);
    assertEquals(limit.askedSince(1875), 0);
    for (let now = 2000; now < 20_000; now++) limit.take(now);
    assertEquals(limit.askedSince(-1), 10_000);
    assertEquals(limit.askedSince(15_000), 4999);
  }
});

test("RequestLimit is never exceeded, however it is used and changed", () => {
  const rates = fc.constantFrom(0.2, 0.7, 1, 2, 2.5, 3, 10, 17.3, 60);
  const steps = fc.array(fc.record({ rate: rates, pauses: pauses() }), {
    minLength: 1,
    maxLength: 6,
  });
  fc.assert(fc.property(steps, (steps) => {
    const limit = new RequestLimit(steps[0]!.rate);
    const starts: number[] = [];
    let now = 0;
    for (const { rate, pauses } of steps) {
      limit.setRate(rate);
      const since = starts.length;
      for (const pause of pauses) {
        now = Math.max(now, limit.nextAt()) + pause;
        // By brute force: what this second has already, this start included.
        const others = starts.filter((start) => start + 1000 > now);
        assert(others.length + 1 <= Math.ceil(rate), `${others} at ${now}`);
        limit.take(now);
        starts.push(now);
      }
      const [first, last] = [starts[since]!, starts.at(-1)!];
      const worth = 1 + (last - first + 50) * rate / 1000;
      assert(starts.length - since <= worth + 1e-6);
    }
  }));
});

/** Waits beyond the earliest time, most of them none at all. */
function pauses(): fc.Arbitrary<number[]> {
  const pause = fc.oneof(
    { weight: 4, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.double({ min: 0, max: 20, noNaN: true }) },
    { weight: 1, arbitrary: fc.double({ min: 0, max: 3000, noNaN: true }) },
  );
  return fc.array(pause, { minLength: 1, maxLength: 80 });
}
