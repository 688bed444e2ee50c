import { assertEquals, assertLess } from "@std/assert";
import { PollStatistics } from "../../../daemon/polling/poll_statistics.ts";
import { seededRandom } from "../../helpers/client/random.ts";
import { test } from "../../helpers/client/testing.ts";

/** Statistics in a time of their own, which begins at any time. */
function begin(): { statistics: PollStatistics; pass: (ms: number) => void } {
  let now = 123_456.75;
  const statistics = new PollStatistics(() => now);
  return { statistics, pass: (milliseconds) => now += milliseconds };
}

const NOTHING = {
  requestsPerSecond: 0,
  duration: { p50: null, p99: null },
  lateness: { p50: null, p99: null },
};

/** A question that took no time, this late. */
function late(lateness = 0): { duration: number; lateness: number } {
  return { duration: 0, lateness };
}

test("PollStatistics says so when there was no question", () => {
  const { statistics, pass } = begin();
  assertEquals(statistics.summary(), NOTHING);
  pass(1000);
  assertEquals(statistics.summary(), NOTHING);
});

test("PollStatistics tells the rate since it began, at first", () => {
  const { statistics, pass } = begin();
  for (let asked = 0; asked < 50; asked++) {
    statistics.add(late());
    pass(100);
  }
  assertEquals(statistics.summary().requestsPerSecond, 10);
});

test("PollStatistics does not take its first moment for a rate", () => {
  const { statistics, pass } = begin();
  statistics.add(late());
  assertEquals(statistics.summary().requestsPerSecond, 1);
  pass(10);
  statistics.add(late());
  assertEquals(statistics.summary().requestsPerSecond, 2);
});

test("PollStatistics looks back at a minute, and no further", () => {
  const { statistics, pass } = begin();
  for (let asked = 0; asked < 3000; asked++) {
    statistics.add({ duration: 2 * asked, lateness: asked });
    pass(50);
  }
  // 150 seconds have passed, 20 questions in each of them.
  const lateness = (part: number) => (1800 + Math.ceil(1200 * part) - 1) / 1000;
  assertEquals(statistics.summary(), {
    requestsPerSecond: 20,
    duration: { p50: 2 * lateness(0.5), p99: 2 * lateness(0.99) },
    lateness: { p50: lateness(0.5), p99: lateness(0.99) },
  });
  pass(30_000);
  assertEquals(statistics.summary().requestsPerSecond, 10);
  pass(29_951);
  assertEquals(statistics.summary(), NOTHING);
});

test("PollStatistics tells the middle and the hundredth", () => {
  const { statistics } = begin();
  const random = seededRandom(1);
  const all = Array.from({ length: 100 }, (_, place) => 10 * (place + 1));
  for (const lateness of all.toSorted(() => random() - 0.5)) {
    statistics.add(late(lateness));
  }
  // One in a hundred exceeds the 99th.
  assertEquals(statistics.summary().lateness, { p50: 0.5, p99: 0.99 });
  const single = begin().statistics;
  single.add({ duration: 8, lateness: 7 });
  assertEquals(single.summary().duration, { p50: 0.008, p99: 0.008 });
  assertEquals(single.summary().lateness, { p50: 0.007, p99: 0.007 });
});

test("PollStatistics tells the truth about a thousand a second", () => {
  const { statistics, pass } = begin();
  for (let asked = 0; asked < 90_000; asked++) {
    // Late are those in the first half of a second, where each begins anew.
    statistics.add(late(asked % 1000 < 500 ? 2000 : 10));
    pass(1);
  }
  const { requestsPerSecond, lateness } = statistics.summary();
  assertLess(Math.abs(requestsPerSecond - 1000), 1);
  assertEquals(lateness, { p50: 0.01, p99: 2 });
});
