import { assert, assertEquals, assertLess } from "@std/assert";
import type { PollResultLabel } from "../../../daemon/polling/poll_result.ts";
import { Scheduler } from "../../../daemon/polling/scheduler.ts";
import { Upstream } from "../../../daemon/polling/upstream.ts";
import { TestClock } from "../../helpers/client/test_clock.ts";
import { test } from "../../helpers/client/testing.ts";
import { HOUR, MINUTE, SECOND } from "../../helpers/polling/asked_upstream.ts";
import {
  ScheduledPolls,
  type StartedPoll,
} from "../../helpers/polling/scheduled_polls.ts";

/** Two thousand orders that are asked about every 20 s, as 100 a second. */
function busyWorld(result: () => PollResultLabel): ScheduledPolls {
  const world = new ScheduledPolls({
    rate: 100,
    maxInFlight: 50,
    exchange: () => 100,
    pause: () => 10 * SECOND,
    result,
  });
  for (let id = 0; id < 2000; id++) world.scheduler.schedule(String(id), 0);
  world.scheduler.start();
  return world;
}

/** How many of the polls began in each second of a stretch of time. */
function eachSecond(
  polls: readonly StartedPoll[],
  from: number,
  seconds: number,
): number[] {
  return Array.from({ length: seconds }, (_, second) => {
    const start = from + second * SECOND;
    return polls.filter(({ at }) => at >= start && at < start + SECOND).length;
  });
}

for (const fault of ["network", "unauthorized", "forbidden"] as const) {
  test(`while all polls are ${fault} there is one probe at a time`, async () => {
    let result: PollResultLabel = "ok";
    const world = busyWorld(() => result);
    const { clock, polls, upstream } = world;
    await clock.advance(MINUTE);
    // A hundred within 1.02 s each.
    const before = eachSecond(polls, MINUTE - 51 * SECOND, 51);
    assertEquals(before.reduce((sum, starts) => sum + starts), 5000);
    result = fault;
    await clock.advance(SECOND);
    const since = clock.now();
    await clock.advance(HOUR);
    const probes = polls.filter(({ at }) => at > since);
    assert(probes.every(({ isProbe }) => isProbe));
    const most = fault === "network" ? 90 : 241;
    assert(probes.length > most / 2 && probes.length <= most);
    // One follows the other, and another order has its turn.
    probes.reduce((before, probe) => {
      assert(probe.at > before.at + 400 && probe.id !== before.id);
      return probe;
    });
    result = "ok";
    while (upstream.state !== "up") await clock.advance(100);
    const recovered = clock.now();
    await clock.advance(MINUTE);
    const starts = eachSecond(polls, recovered, 8);
    // The rate is raised at an answer, which need not be at a full second.
    for (const [second, rate] of [5, 10, 20, 40, 80, 100, 100].entries()) {
      assertLess(Math.abs(starts[second]! / rate - 1), 0.21);
    }
    // Everybody has waited for an hour, and says so.
    const after = polls.filter(({ at }) => at > recovered).slice(0, 1000);
    assert(after.every(({ lateness }) => lateness > HOUR - MINUTE));
  });
}

test("a probe goes on when its order is removed while it is out", async () => {
  const world: ScheduledPolls = new ScheduledPolls({
    exchange: () => 100,
    result: () => "network",
    onPoll: (poll) => {
      world.polls.push(poll);
      world.scheduler.remove(poll.id);
    },
  });
  for (let id = 0; id < 20; id++) world.scheduler.schedule(String(id), 0);
  world.scheduler.start();
  await world.clock.advance(HOUR);
  assertEquals(world.polls.length, 20);
});

test("polling goes on though nobody tells what became of a probe", async () => {
  const clock = new TestClock();
  const upstream = new Upstream(10, () => 0);
  upstream.answered("unauthorized", 0, false);
  const asked: [at: number, isProbe: boolean][] = [];
  const scheduler = new Scheduler({
    clock,
    upstream,
    maxInFlight: 10,
    poll: ({ isProbe }) => {
      asked.push([clock.now(), isProbe]);
      // The order may be gone, or its poll may have gone wrong.
      if (asked.length === 1) upstream.abandoned(isProbe);
      if (asked.length === 3) upstream.answered("ok", clock.now(), isProbe);
      return Promise.resolve();
    },
  });
  for (let id = 0; id < 4; id++) scheduler.schedule(String(id), 0);
  scheduler.start();
  await clock.advance(10 * MINUTE);
  assertEquals(asked, [
    [15_000, true],
    [15_052, true],
    [75_052, true],
    [75_206, false],
  ]);
});

test("a 429 keeps everybody away, and then slows everybody down", async () => {
  let result: PollResultLabel = "ok";
  const { clock, polls } = busyWorld(() => result);
  await clock.advance(MINUTE);
  result = "rate_limited";
  await clock.advance(150);
  result = "ok";
  const since = clock.now();
  await clock.advance(MINUTE);
  const starts = eachSecond(polls, since, 30);
  assertLess(starts[0]!, 30);
  for (const start of starts.slice(2, 10)) assertLess(start, 51);
  for (const start of starts.slice(12, 30)) assertLess(94, start);
});
