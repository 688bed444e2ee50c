import {
  assert,
  assertEquals,
  assertGreaterOrEqual,
  assertLess,
} from "@std/assert";
import {
  applyPollResult,
  beginWatch,
} from "../../../daemon/polling/watched_order.ts";
import { seededRandom } from "../../helpers/client/random.ts";
import { TestClock } from "../../helpers/client/test_clock.ts";
import { test } from "../../helpers/client/testing.ts";
import { HOUR, SECOND } from "../../helpers/polling/asked_upstream.ts";
import {
  mostInASecond,
  ScheduledPolls,
} from "../../helpers/polling/scheduled_polls.ts";
import { orderOf } from "../../helpers/polling/testing.ts";

/** A clock whose timers are late, or early by less than a millisecond. */
class InexactClock extends TestClock {
  readonly #late: () => number;

  constructor(late: () => number) {
    super();
    this.#late = late;
  }

  override setTimer(callback: () => void, delay: number): () => void {
    return super.setTimer(callback, Math.max(0.01, delay + this.#late()));
  }
}

/** How long an order rests that has been watched for an hour. */
function restOfAnOldOrder(random: number): number {
  const { watch } = beginWatch("1", null, 0);
  const reading = { at: HOUR, order: orderOf() };
  const rules = { expireAfter: Infinity, watchedFor: HOUR, random };
  return applyPollResult(watch, reading, rules).watch.nextPollAt! - HOUR;
}

function gaps(times: readonly number[]): number[] {
  return times.slice(1).map((time, place) => time - times[place]!);
}

test("a thousand orders at 10 a second are asked about every 102 s", async () => {
  const random = seededRandom(3);
  const world = new ScheduledPolls({
    rate: 10,
    maxInFlight: 20,
    exchange: () => 50 + 300 * random(),
    pause: () => restOfAnOldOrder(random()),
  });
  const { clock, scheduler } = world;
  for (let id = 0; id < 1000; id++) scheduler.schedule(String(id), 0);
  scheduler.start();
  await clock.advance(2000 * SECOND);
  for (let id = 0; id < 1000; id++) {
    // The first three rounds are for finding their places.
    const rounds = gaps(world.timesOf(String(id))).slice(3);
    assertGreaterOrEqual(rounds.length, 15);
    for (const gap of rounds) {
      assert(Math.abs(gap / SECOND - 102) < 5, `${gap} ms between two polls`);
    }
    const mean = rounds.reduce((sum, gap) => sum + gap) / rounds.length;
    assertLess(Math.abs(mean / SECOND - 102), 2);
  }
  assertEquals(Math.round(world.polls.length / 10), Math.round(2000 / 1.02));
  assertEquals(mostInASecond(world.polls.map(({ at }) => at)), 10);
});

test("a new order is asked about at once, however many wait", async () => {
  const random = seededRandom(4);
  const world = new ScheduledPolls({
    rate: 10,
    maxInFlight: 20,
    exchange: () => 200,
    pause: () => 60 * SECOND,
  });
  const { clock, scheduler } = world;
  for (let id = 0; id < 5000; id++) scheduler.schedule(String(id), 0);
  scheduler.start();
  for (let id = 0; id < 300; id++) {
    await clock.advance(3000 * random());
    const since = clock.now();
    scheduler.schedule(`new${id}`, since, true);
    await clock.advance(SECOND);
    const [first] = world.timesOf(`new${id}`);
    assert(first !== undefined, "not within a second");
    assertLess(first - since, 300);
    assertEquals(world.polls.find((poll) => poll.id === `new${id}`), {
      id: `new${id}`,
      at: first,
      lateness: first - since,
      isProbe: false,
    });
  }
});

test("a flood of new orders leaves the others half of the rate", async () => {
  const world = new ScheduledPolls({
    rate: 10,
    maxInFlight: 3,
    exchange: () => 250,
    pause: () => 30 * SECOND,
  });
  const { clock, polls, scheduler } = world;
  for (let id = 0; id < 500; id++) scheduler.schedule(String(id), 0);
  scheduler.start();
  await clock.advance(100 * SECOND);
  const start = clock.now();
  const before = new Set(polls.map(({ id }) => id));
  for (let id = 0; id < 2000; id++) {
    scheduler.schedule(`new${id}`, start, true);
  }
  await clock.advance(200 * SECOND);
  const since = polls.filter(({ at }) => at >= start);
  const begun = new Set(since.map(({ id }) => id)).difference(before);
  // Ten within 1.02 s each.
  assertGreaterOrEqual(since.length, 1959);
  assertLess(Math.abs(2 * begun.size - since.length), 2);
});

for (const rate of [Infinity, 10, 1]) {
  test(`an order keeps its second for hours with a limit of ${rate}`, async () => {
    const world = new ScheduledPolls({
      rate,
      exchange: () => 37.5,
      pause: () => SECOND,
    });
    world.scheduler.schedule("1", 0, true);
    world.scheduler.start();
    await world.clock.advance(4 * HOUR);
    const times = world.timesOf("1");
    assertEquals(times.length, Math.ceil(4 * HOUR / 1037.5));
    times.forEach((time, place) => assertEquals(time, place * 1037.5));
    assertEquals(Math.max(...world.polls.map(({ lateness }) => lateness)), 0);
  });
}

test("the lateness of a timer does not add up", async () => {
  const random = seededRandom(5);
  const clock = new InexactClock(() => 17 * random() - 1);
  const world = new ScheduledPolls({
    clock,
    rate: 10,
    exchange: () => 40,
    pause: () => SECOND,
  });
  world.scheduler.schedule("1", 0);
  world.scheduler.start();
  await clock.advance(4 * HOUR);
  assertGreaterOrEqual(world.polls.length, 13_000);
  for (const { lateness } of world.polls) assertLess(lateness, 17);
  for (const gap of gaps(world.timesOf("1"))) {
    // The timer of the pause and that of the exchange.
    assertLess(Math.abs(gap - 1040 - 15), 18);
  }
});

test("timers that are late take little from the rate, and add nothing", async () => {
  const random = seededRandom(6);
  const clock = new InexactClock(() => 17 * random() - 1);
  const world = new ScheduledPolls({
    clock,
    rate: 40,
    exchange: () => 80,
    pause: () => 5 * SECOND,
  });
  for (let id = 0; id < 1000; id++) world.scheduler.schedule(String(id), 0);
  world.scheduler.start();
  await clock.advance(1000 * SECOND);
  const times = world.polls.map(({ at }) => at);
  assertEquals(mostInASecond(times), 40);
  assertGreaterOrEqual(times.length, 0.98 * 40 * 1000 / 1.02);
});

test("100,000 orders are asked about in turn, as fast as is allowed", async () => {
  const [count, rate, seconds] = [100_000, 1000, 330];
  const random = seededRandom(7);
  const dues = new Float64Array(count);
  const polls = new Uint16Array(count);
  const starts: number[] = [];
  let lastDue = -Infinity;
  const { clock, scheduler } = new ScheduledPolls({
    rate,
    maxInFlight: 200,
    exchange: () => 20 + 150 * random(),
    pause: (id) => {
      if (id.startsWith("new")) return Infinity;
      dues[Number(id)] = clock.now() + 60 * SECOND;
      return 60 * SECOND;
    },
    onPoll: ({ id, at, lateness }) => {
      starts.push(at);
      if (id.startsWith("new")) return assertLess(lateness, 60);
      const due = dues[Number(id)]!;
      assert(lateness === at - due, "not the true lateness");
      assert(due >= lastDue, "not in order");
      lastDue = due;
      polls[Number(id)]!++;
    },
  });
  for (let id = 0; id < count; id++) {
    dues[id] = Math.floor(60 * SECOND * random());
    scheduler.schedule(String(id), dues[id]!);
  }
  scheduler.start();
  for (let second = 0; second < seconds; second++) {
    await clock.advance(SECOND);
    scheduler.schedule(`new${second}`, clock.now(), true);
  }
  assertEquals(mostInASecond(starts), rate);
  assertGreaterOrEqual(starts.length, 0.999 * rate * seconds / 1.02);
  // 330 s are three rounds and a part of the fourth.
  assertEquals([Math.min(...polls), Math.max(...polls)], [3, 4]);
});
