import { assertEquals } from "@std/assert";
import { seededRandom } from "./random.ts";
import { TestClock } from "./test_clock.ts";
import { test } from "./testing.ts";

test("TestClock calls back in order of due time, then as it was set", async () => {
  const clock = new TestClock();
  const random = seededRandom(1);
  const called: [due: number, number: number][] = [];
  const set: [due: number, number: number][] = [];
  for (let number = 0; number < 20_000; number++) {
    const delay = 1 + Math.floor(random() * 1000);
    const cancel = clock.setTimer(() => {
      assertEquals(clock.now(), delay);
      called.push([delay, number]);
      cancel();
    }, delay);
    if (number % 3 === 0) cancel();
    else set.push([delay, number]);
  }
  clock.setTimer(() => called.push([Infinity, 0]), Infinity);
  assertEquals(clock.pending, set.length + 1);
  await clock.advance(500);
  await clock.advance(500);
  set.sort(([one], [other]) => one - other);
  assertEquals(called, set);
  assertEquals(clock.pending, 1);
});

test("TestClock lets what is ready go on before the next timer", async () => {
  const clock = new TestClock();
  const seen: number[] = [];
  const count = async () => {
    for (;;) {
      await clock.sleep(1);
      await Promise.resolve();
      seen.push(clock.now());
    }
  };
  count();
  await clock.advance(5);
  assertEquals(seen, [1, 2, 3, 4, 5]);
});
