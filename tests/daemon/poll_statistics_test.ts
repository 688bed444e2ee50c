import { assertEquals, assertLess } from "@std/assert";
import { PollStatistics } from "../../daemon/poll_statistics.ts";
import { seededRandom } from "../client/random.ts";
import { test } from "../client/testing.ts";

/** Statistics in a time of their own, which begins at any time. */
function begin(): { statistics: PollStatistics; pass: (ms: number) => void } {
  let now = 123_456.75;
  const statistics = new PollStatistics(() => now);
  return { statistics, pass: (milliseconds) => now += milliseconds };
}

const NOTHING = {
  requestsPerSecond: 0,
  latenessP50: null,
  latenessP99: null,
};

test("PollStatistics says so when there was no question", () => {
  const { statistics, pass } = begin();
  assertEquals(statistics.summary(), NOTHING);
  pass(1000);
  assertEquals(statistics.summary(), NOTHING);
});

test("PollStatistics tells the rate since it began, at first", () => {
  const { statistics, pass } = begin();
  for (let asked = 0; asked < 50; asked++) {
    statistics.add(0);
    pass(100);
  }
  assertEquals(statistics.summary().requestsPerSecond, 10);
});

test("PollStatistics does not take its first moment for a rate", () => {
  const { statistics, pass } = begin();
  statistics.add(0);
  assertEquals(statistics.summary().requestsPerSecond, 1);
  pass(10);
  statistics.add(0);
  assertEquals(statistics.summary().requestsPerSecond, 2);
});

test("PollStatistics looks back at a minute, and no further", () => {
  const { statistics, pass } = begin();
  for (let asked = 0; asked < 3000; asked++) {
    statistics.add(asked);
    pass(50);
  }
  // 150 seconds have passed, 20 questions in each of them.
  const lateness = (part: number) => (1800 + Math.ceil(1200 * part) - 1) / 1000;
  assertEquals(statistics.summary(), {
    requestsPerSecond: 20,
    latenessP50: lateness(0.5),
    latenessP99: lateness(0.99),
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
    statistics.add(lateness);
  }
  const { latenessP50, latenessP99 } = statistics.summary();
  // One in a hundred exceeds the 99th.
  assertEquals([latenessP50, latenessP99], [0.5, 0.99]);
  const single = begin().statistics;
  single.add(7);
  assertEquals(single.summary().latenessP50, 0.007);
  assertEquals(single.summary().latenessP99, 0.007);
});

test("PollStatistics tells the truth about a thousand a second", () => {
  const { statistics, pass } = begin();
  for (let asked = 0; asked < 90_000; asked++) {
    // Late are those in the first half of a second, where each begins anew.
    statistics.add(asked % 1000 < 500 ? 2000 : 10);
    pass(1);
  }
  const { requestsPerSecond, latenessP50, latenessP99 } = statistics.summary();
  assertLess(Math.abs(requestsPerSecond - 1000), 1);
  assertEquals([latenessP50, latenessP99], [0.01, 2]);
});
