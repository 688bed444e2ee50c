import {
  assertEquals,
  assertGreaterOrEqual,
  assertStrictEquals,
} from "@std/assert";
import { systemClock } from "../../mod.ts";
import {
  countingController,
  reasonOf,
  test,
} from "../helpers/client/testing.ts";

/** Lets everything that is due by now go first. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}

test("systemClock never goes back, and knows the date", () => {
  const { clock, dates } = { clock: systemClock, dates: [Date.now()] };
  let last = clock.now();
  for (let step = 0; step < 1000; step++) {
    const now = clock.now();
    assertGreaterOrEqual(now, last);
    last = now;
  }
  dates.push(clock.date().getTime(), Date.now());
  assertEquals(dates, dates.toSorted((one, other) => one - other));
});

test("systemClock throws dice from 0 up to 1", () => {
  const thrown = new Set<number>();
  for (let dice = 0; dice < 100; dice++) thrown.add(systemClock.random());
  assertEquals([...thrown].every((dice) => dice >= 0 && dice < 1), true);
  assertGreaterOrEqual(thrown.size, 90);
});

test("systemClock.setTimer() calls back once, in order", async () => {
  const called: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  systemClock.setTimer(() => (called.push("late"), resolve()), 20);
  systemClock.setTimer(() => called.push("early"), 1);
  systemClock.setTimer(() => called.push("called off"), 1)();
  await promise;
  assertEquals(called, ["early", "late"]);
});

test("systemClock.setTimer() takes a delay longer than a timer's", async () => {
  const called: number[] = [];
  const delays = [2 ** 31 - 1, 2 ** 31, 2 ** 33, 1e15, Infinity];
  const cancels = delays.map((delay) =>
    systemClock.setTimer(() => called.push(delay), delay)
  );
  await turn();
  assertEquals(called, []);
  for (const cancel of cancels) cancel();
});

test("systemClock.sleep() ends when its time has come", async () => {
  const { signal } = countingController();
  await systemClock.sleep(0);
  await systemClock.sleep(1, signal);
  assertEquals(signal.listeners, 0);
});

test("systemClock.sleep() ends at an abort, with its reason", async () => {
  const reason = { because: "enough" };
  const before = systemClock.sleep(1e9, AbortSignal.abort(reason));
  assertStrictEquals(await reasonOf(before), reason);
  for (const delay of [1e6, 1e12, Infinity]) {
    const controller = new AbortController();
    const sleep = reasonOf(systemClock.sleep(delay, controller.signal));
    controller.abort(reason);
    assertStrictEquals(await sleep, reason);
  }
});
