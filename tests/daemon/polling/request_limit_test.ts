import { assert, assertEquals, assertLess } from "@std/assert";
import fc from "fast-check";
import {
  limitWindow,
  RequestLimit,
} from "../../../daemon/polling/request_limit.ts";
import { test } from "../../helpers/client/testing.ts";

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
    send(limit, now);
    starts.push(now);
  }
}

/** Begins a request and sends it at once. */
function send(limit: RequestLimit, now: number): void {
  limit.begin(now);
  assertEquals(limit.admit(now), 0);
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
    const whole = Math.ceil(rate);
    const expected = seconds * 1000 * whole / limitWindow(rate);
    // What may bunch within the slack of 50 ms is all that may be ahead.
    assertLess(Math.abs(starts.length - expected), 2 + rate * 0.05);
    // A hair's breadth is left to rounding.
    assertEquals(most(starts, limitWindow(rate) - 1e-6), whole);
  });
}

test("RequestLimit does not let a rest save anything up", () => {
  const limit = new RequestLimit(10);
  for (const from of [0, 60_000, 3_600_000]) {
    const starts = askAll(limit, { from, until: from + 2000 });
    assertEquals(starts.filter((start) => start === from).length, 1);
    assertEquals(starts[1], from + 52);
    assertEquals(most(starts, 1020), 10);
    assertEquals(starts.length, 20);
  }
});

test("RequestLimit makes up for a timer that is late", () => {
  let step = 0;
  const late = () => [0.2, 7, 1.3, 0, 3.7, 16, 2.1][step++ % 7]!;
  const starts = askAll(new RequestLimit(10), { until: 1_000_000, late });
  // All that may be are 9,804. Without making up it would be 4.3 % less.
  assertLess(9660, starts.length);
  assertEquals(most(starts, 1020), 10);
});

test("RequestLimit does not make up for what was missed by far", () => {
  const limit = new RequestLimit(10);
  askAll(limit, { until: 1000 });
  const starts = askAll(limit, { from: 5000, until: 6000 });
  assertEquals(starts.slice(0, 3), [5000, 5052, 5154]);
  assertEquals(starts.length, 10);
});

test("RequestLimit without a limit lets everything through at once", () => {
  const limit = new RequestLimit(Infinity);
  for (let asked = 0; asked < 100_000; asked++) {
    assert(limit.nextAt() <= 0);
    send(limit, 0);
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
  assertEquals(after[0], before.at(-4)! + 1020);
  assertEquals(most(before.slice(-4).concat(after), 1020), 4);
});

test("RequestLimit lets no more through when it is raised than it says", () => {
  const limit = new RequestLimit(4);
  const before = askAll(limit, { until: 5000 });
  limit.setRate(10);
  const after = askAll(limit, { from: 5000, until: 10_000 });
  assertEquals(most(before.concat(after), 1020), 10);
  assertLess(47, after.length);
});

test("RequestLimit forgets a long wait when it is raised", () => {
  const limit = new RequestLimit(0.01);
  send(limit, 0);
  assertEquals(limit.nextAt(), 100_020);
  limit.setRate(10);
  assertEquals(limit.nextAt(), 52);
});

test("RequestLimit may be lifted and set again", () => {
  const limit = new RequestLimit(5);
  askAll(limit, { until: 3000 });
  limit.setRate(Infinity);
  for (let asked = 0; asked < 20; asked++) {
    assert(limit.nextAt() <= 3000 + asked);
    send(limit, 3000 + asked);
  }
  limit.setRate(5);
  // Twenty were asked just now, which is a second's worth and more.
  assertEquals(limit.nextAt(), 4035);
  const after = askAll(limit, { from: 3020, until: 10_000 });
  assertEquals(most(after, 1020), 5);
});

test("RequestLimit takes any rate without much memory", () => {
  const limit = new RequestLimit(1e9);
  for (let now = 0; now < 100; now++) {
    assert(limit.nextAt() <= now);
    send(limit, now);
  }
});

test("RequestLimit counts what was sent since a time", () => {
  for (const rate of [10, Infinity]) {
    const limit = new RequestLimit(rate);
    assertEquals(limit.sentSince(-Infinity), 0);
    for (let now = 0; now < 2000; now += 125) send(limit, now);
    assertEquals(limit.sentSince(-1), 16);
    assertEquals(limit.sentSince(0), 15);
    assertEquals(limit.sentSince(1874), 1);
    assertEquals(limit.sentSince(1875), 0);
    limit.setRate(Infinity);
    for (let now = 2000; now < 20_000; now++) send(limit, now);
    assertEquals(limit.sentSince(-1), 10_000);
    assertEquals(limit.sentSince(15_000), 4999);
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
        const others = starts.filter((start) => start + 1020 > now);
        assert(others.length + 1 <= Math.ceil(rate), `${others} at ${now}`);
        send(limit, now);
        starts.push(now);
      }
      const [first, last] = [starts[since]!, starts.at(-1)!];
      const worth = 1 + (last - first + 50) * rate / 1000;
      assert(starts.length - since <= worth + 1e-6);
    }
  }));
});

test("RequestLimit counts a request when it is sent, not when it is begun", () => {
  const limit = new RequestLimit(5);
  // They were begun in time, but all of them sent at once, since it took long.
  for (let begun = 0; begun < 5; begun++) limit.begin(begun * 204);
  for (let sent = 0; sent < 5; sent++) assertEquals(limit.admit(900), 0);
  assertEquals(limit.admit(1020), 900);
  assertEquals(limit.nextAt(), 1920);
  assertEquals(limit.admit(1919.5), 0.5);
  assertEquals(limit.admit(1920), 0);
});

test("RequestLimit begins no request while others wait to be sent", () => {
  const limit = new RequestLimit(5);
  const sent: number[] = [];
  // Ten were begun in time, and are only sent two seconds later.
  for (let begun = 0; begun < 10; begun++) limit.begin(begun * 204);
  let waiting = 10;
  for (let now = 4000; now < 20_000; now++) {
    for (; waiting > 0 && limit.admit(now) === 0; waiting--) sent.push(now);
    if (now < limit.nextAt()) continue;
    limit.begin(now);
    waiting++;
  }
  assertEquals(most(sent, 1020), 5);
  assertLess(70, sent.length);
  assertLess(waiting, 2);
});

test("RequestLimit is never exceeded, however late requests are sent", () => {
  const rates = fc.constantFrom(0.7, 1, 2.5, 10, 60);
  const delays = fc.array(fc.nat({ max: 2000 }), { maxLength: 200 });
  fc.assert(fc.property(rates, delays, (rate, delays) => {
    const limit = new RequestLimit(rate);
    const waiting: number[] = [];
    const sent: number[] = [];
    let now = 0;
    for (const delay of delays) {
      now = Math.max(now, limit.nextAt());
      limit.begin(now);
      waiting.push(now + delay);
    }
    // Each is sent as soon as it may be once it is ready.
    while (waiting.length > 0) {
      waiting.sort((one, other) => one - other);
      const at = waiting.shift()!;
      const left = limit.admit(at);
      if (left > 0) waiting.push(at + left);
      else sent.push(at);
    }
    const window = limitWindow(rate) - 1e-6;
    assert(most(sent, window) <= Math.ceil(rate), `${sent}`);
    assertEquals(sent.length, delays.length);
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
