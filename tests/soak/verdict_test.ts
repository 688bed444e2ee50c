import { assertEquals, assertLess } from "@std/assert";
import { test } from "../helpers/client/testing.ts";
import { seededRandom } from "../helpers/client/random.ts";
import { type Allowance, judge } from "./verdict.ts";

const ALLOWANCE: Allowance = { warmUp: 120, ratio: 1.1, slack: 0 };

/** Ten minutes, a value every three seconds. */
const TIMES = Array.from({ length: 200 }, (_, at) => at * 3);

/** Judges a curve that is made up. */
function judged(value: (time: number) => number, allowance = ALLOWANCE) {
  return judge({ name: "", times: TIMES, values: TIMES.map(value) }, allowance);
}

test("verdict: what grows on and on grows", () => {
  const { slope, verdict } = judged((time) => 100 + time * 0.1);
  assertEquals(verdict, "grows");
  assertLess(Math.abs(slope - 360), 1e-6);
});

test("verdict: what is flat, or shrinks, levels off", () => {
  assertEquals(judged(() => 100).verdict, "levels off");
  assertEquals(judged((time) => 1000 - time).verdict, "levels off");
});

test("verdict: what grows in its warm-up alone levels off", () => {
  const { first, last, verdict } = judged((time) => Math.min(120, time));
  assertEquals(verdict, "levels off");
  assertEquals([first, last], [99, 120]);
});

test("verdict: the saw of a garbage collector is level, a rising one is not", () => {
  const random = seededRandom(1);
  const saw = (time: number) => 100 + (time % 45) + 10 * random();
  assertEquals(judged(saw).verdict, "levels off");
  assertEquals(judged((time) => saw(time) + time * 0.1).verdict, "grows");
});

test("verdict: slack allows for so much and no more", () => {
  const step = (height: number) => (time: number) => time < 400 ? 40 : height;
  const allowance = { warmUp: 120, ratio: 1, slack: 4 };
  assertEquals(judged(step(44), allowance).verdict, "levels off");
  assertEquals(judged(step(45), allowance).verdict, "grows");
});

test("verdict: of what comes and goes, only a rising floor grows", () => {
  const allowance: Allowance = {
    warmUp: 120,
    ratio: 1,
    slack: 4,
    quantile: 0.1,
  };
  // Less often busy before than after, from the same floor.
  const busy = (time: number) => time % 30 < (time < 360 ? 9 : 21) ? 100 : 40;
  assertEquals(judged(busy, allowance).verdict, "levels off");
  assertEquals(judged(busy, { ...allowance, quantile: 0.5 }).verdict, "grows");
  const leak = (time: number) => busy(time) + time * 0.02;
  assertEquals(judged(leak, allowance).verdict, "grows");
});

test("verdict: a warm-up of most of the time, or no end to it, tells nothing", () => {
  for (const warmUp of [410, Infinity]) {
    const { later, slope, verdict } = judged((time) => time, {
      ...ALLOWANCE,
      warmUp,
    });
    assertEquals(verdict, "too short to tell");
    assertEquals(Number.isNaN(slope), warmUp === Infinity);
    assertEquals(Number.isNaN(later), warmUp === Infinity);
  }
  const short = { name: "", times: [120, 123, 126], values: [1, 2, 3] };
  assertEquals(judge(short, ALLOWANCE).verdict, "too short to tell");
  const empty = { name: "", times: [], values: [] };
  assertEquals(judge(empty, ALLOWANCE).verdict, "too short to tell");
});
