import { assert, assertEquals, assertLess } from "@std/assert";
import fc from "fast-check";
import { TestClock } from "../../helpers/client/test_clock.ts";
import { test } from "../../helpers/client/testing.ts";
import {
  ScheduledPolls,
  type StartedPoll,
} from "../../helpers/polling/scheduled_polls.ts";

function ids(polls: readonly StartedPoll[]): string {
  return polls.map(({ id }) => id).join(" ");
}

test("Scheduler lets orders be asked about when they are due", async () => {
  const { clock, polls, scheduler } = new ScheduledPolls();
  scheduler.schedule("c", 300);
  scheduler.schedule("a", 100);
  scheduler.start();
  scheduler.schedule("b", 200);
  scheduler.schedule("d", 50.25);
  assertEquals(scheduler.size, 4);
  await clock.advance(1000);
  assertEquals(polls, [
    { id: "d", lateness: 0, isProbe: false, at: 50.25 },
    { id: "a", lateness: 0, isProbe: false, at: 100 },
    { id: "b", lateness: 0, isProbe: false, at: 200 },
    { id: "c", lateness: 0, isProbe: false, at: 300 },
  ]);
  assertEquals([scheduler.size, scheduler.inFlight, clock.pending], [0, 0, 0]);
});

test("Scheduler begins with the earliest, then with who came first", async () => {
  const { clock, polls, scheduler } = new ScheduledPolls({ rate: 10 });
  await clock.advance(500);
  for (const [id, due] of [["c", 300], ["a", 100], ["b", 300]] as const) {
    scheduler.schedule(id, due);
  }
  scheduler.start();
  await clock.advance(1000);
  assertEquals(ids(polls), "a c b");
  assertEquals(polls.map(({ lateness }) => lateness), [400, 252, 354]);
});

test("Scheduler moves an order that is scheduled again", async () => {
  const { clock, polls, scheduler } = new ScheduledPolls();
  scheduler.start();
  scheduler.schedule("a", 100, true);
  scheduler.schedule("b", 100);
  scheduler.schedule("a", 200);
  scheduler.schedule("b", 50, true);
  assertEquals(scheduler.size, 2);
  await clock.advance(1000);
  assertEquals(polls.map(({ id, at }) => [id, at]), [["b", 50], ["a", 200]]);
});

test("Scheduler forgets an order that is removed", async () => {
  const { clock, polls, scheduler } = new ScheduledPolls();
  scheduler.start();
  scheduler.schedule("a", 100);
  scheduler.schedule("b", 100, true);
  scheduler.schedule("c", 200);
  for (const id of ["a", "b", "nobody"]) scheduler.remove(id);
  assertEquals(scheduler.size, 1);
  await clock.advance(1000);
  assertEquals(ids(polls), "c");
});

test("Scheduler never lets more be out than it may", async () => {
  let most = 0;
  const world = new ScheduledPolls({
    maxInFlight: 3,
    exchange: (id) => 100 + Number(id),
    onPoll: (poll) => {
      most = Math.max(most, world.scheduler.inFlight);
      world.polls.push(poll);
    },
  });
  const { clock, polls, scheduler } = world;
  for (let id = 0; id < 8; id++) scheduler.schedule(String(id), 0);
  scheduler.start();
  assertEquals(scheduler.inFlight, 3);
  await clock.advance(1000);
  assertEquals(most, 3);
  assertEquals(
    polls.map(({ at, lateness }) => [at, lateness]),
    [0, 0, 0, 100, 101, 102, 203, 205].map((at) => [at, at]),
  );
  assertEquals([scheduler.inFlight, clock.pending], [0, 0]);
});

test("Scheduler does not ask before it is started, nor once stopped", async () => {
  const world = new ScheduledPolls({ exchange: () => 100, pause: () => 500 });
  const { clock, scheduler } = world;
  scheduler.schedule("a", 0);
  await clock.advance(1000);
  assertEquals(world.timesOf("a"), []);
  scheduler.start();
  await clock.advance(50);
  // Two may wait for it to come to rest.
  let stopped = 0;
  for (const stop of [scheduler.stop(), scheduler.stop()]) {
    stop.then(() => stopped++);
  }
  await clock.advance(49);
  assertEquals([stopped, scheduler.inFlight], [0, 1]);
  await clock.advance(1);
  assertEquals([stopped, scheduler.inFlight, clock.pending], [2, 0, 0]);
  scheduler.schedule("b", 0);
  await clock.advance(10_000);
  assertEquals(world.timesOf("a"), [1000]);
  // What was scheduled is not lost.
  scheduler.start();
  await clock.advance(10);
  assertEquals(world.timesOf("a"), [1000, clock.now() - 10]);
  assertEquals(world.timesOf("b"), [clock.now() - 10]);
  const stop = scheduler.stop();
  await clock.advance(100);
  await stop;
  await scheduler.stop();
});

test("new orders and the others take turns", async () => {
  const { clock, polls, scheduler } = new ScheduledPolls({ rate: 10 });
  for (let id = 0; id < 4; id++) {
    scheduler.schedule(`old${id}`, -10_000 + id);
    scheduler.schedule(`new${id}`, -id, true);
  }
  scheduler.schedule("old4", 0);
  scheduler.start();
  await clock.advance(5000);
  assertEquals(ids(polls), "new3 old0 new2 old1 new1 old2 new0 old3 old4");
});

test("no lane has to wait for the other while nobody is due in it", async () => {
  const { clock, polls, scheduler } = new ScheduledPolls({ rate: 10 });
  for (let id = 0; id < 3; id++) scheduler.schedule(`new${id}`, 0, true);
  scheduler.schedule("old", 200);
  scheduler.schedule("late", 5000, true);
  scheduler.start();
  await clock.advance(10_000);
  assertEquals(polls.map(({ id, at }) => [id, at]), [
    ["new0", 0],
    ["new1", 52],
    ["new2", 154],
    ["old", 256],
    ["late", 5000],
  ]);
});

test("ten thousand orders scheduled in one go set few timers", async () => {
  class CountingClock extends TestClock {
    timers = 0;
    override setTimer(callback: () => void, delay: number): () => void {
      this.timers++;
      return super.setTimer(callback, delay);
    }
  }
  for (const due of [0, 5000]) {
    for (const rate of [10, Infinity]) {
      const clock = new CountingClock();
      const { scheduler } = new ScheduledPolls({
        clock,
        rate,
        maxInFlight: 5,
        exchange: () => 0,
      });
      scheduler.start();
      for (let id = 0; id < 10_000; id++) {
        scheduler.schedule(String(id), due, true);
      }
      assertLess(clock.timers, 10);
      await clock.advance(due);
      scheduler.stop();
      assertEquals(clock.pending, 0);
    }
  }
});

test("an order is only ever asked about in its turn", async () => {
  const step = fc.record({
    id: fc.integer({ min: 0, max: 19 }).map(String),
    delay: fc.constantFrom(0, 0, 10, 70, 500, 3000),
    isNew: fc.boolean(),
    isRemoved: fc.boolean(),
    pause: fc.constantFrom(0, 0, 0, 5, 50, 200),
  });
  await fc.assert(fc.asyncProperty(
    fc.array(step, { maxLength: 120 }),
    fc.constantFrom(7, 30, Infinity),
    fc.constantFrom(1, 3),
    async (steps, rate, maxInFlight) => {
      const waiting = new Map<string, { due: number; isNew: boolean }>();
      let wasNew = false;
      const { clock, scheduler } = new ScheduledPolls({
        rate,
        maxInFlight,
        exchange: (id) => 13 * Number(id),
        onPoll: ({ id, at, lateness }) => {
          const { due, isNew } = waiting.get(id)!;
          assertEquals(at - lateness, due);
          waiting.delete(id);
          for (const other of waiting.values()) {
            if (other.isNew === isNew) assert(other.due >= due);
            else if (wasNew === isNew) assert(other.due > at);
          }
          wasNew = isNew;
        },
      });
      scheduler.start();
      for (const { id, delay, isNew, isRemoved, pause } of steps) {
        if (isRemoved) {
          waiting.delete(id);
          scheduler.remove(id);
        } else {
          const due = clock.now() + delay;
          waiting.set(id, { due, isNew });
          scheduler.schedule(id, due, isNew);
        }
        assertEquals(scheduler.size, waiting.size);
        await clock.advance(pause);
        // Never more than its one timer, besides the answers to come.
        assert(clock.pending <= scheduler.inFlight + 1);
      }
      await clock.advance(60_000);
      assertEquals([waiting.size, scheduler.inFlight], [0, 0]);
      assertEquals(clock.pending, 0);
    },
  ));
});
