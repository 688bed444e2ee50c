import { assertEquals, assertGreaterOrEqual, assertLess } from "@std/assert";
import fc from "fast-check";
import {
  applyPollResult,
  beginWatch,
  type Fault,
  type WatchedOrder,
} from "../../../daemon/polling/watched_order.ts";
import { test } from "../../helpers/client/testing.ts";
import {
  FAULT_CODES,
  faultOf,
  orderOf,
} from "../../helpers/polling/testing.ts";

const BEGAN = Date.UTC(2030, 0, 1, 12);
const HOUR = 3_600_000;

/** How long a watch rests after a reading at that age. */
function pauseOf({ age, fault, faultsBefore = 0, random = 0 }: {
  age: number;
  fault?: Fault;
  faultsBefore?: number;
  random?: number;
}): number {
  const watch: WatchedOrder = {
    ...beginWatch("1642251003", null, BEGAN).watch,
    consecutiveErrors: faultsBefore,
  };
  const at = BEGAN + age;
  const reading = fault ? { at, fault } : { at, order: orderOf() };
  const rules = { expireAfter: Infinity, watchedFor: age, random };
  return applyPollResult(watch, reading, rules).watch.nextPollAt! - at;
}

test("an order is asked about once a second for its first 20 s", () => {
  for (const age of [0, 1, 10_000, 19_999]) {
    for (const random of [0, 0.5, 0.999]) {
      assertEquals(pauseOf({ age, random }), 1000);
    }
  }
});

test("then it rests for a tenth of its age, up to a minute", () => {
  const ages = [20_000, 30_000, 60_000, 300_000, 600_000, HOUR, 24 * HOUR];
  assertEquals(
    ages.map((age) => pauseOf({ age })),
    [2000, 3000, 6000, 30_000, 60_000, 60_000, 60_000],
  );
  assertEquals(
    ages.map((age) => pauseOf({ age, random: 0.5 })),
    [1900, 2850, 5700, 28_500, 57_000, 57_000, 57_000],
  );
});

test("a wall clock that was set back makes it young, and no younger", () => {
  assertEquals(pauseOf({ age: -HOUR }), 1000);
});

test("faults in a row make it rest longer, up to a minute", () => {
  const pauses = (age: number, random: number) =>
    [1, 2, 3, 4, 5, 6, 1000].map((count) =>
      pauseOf({
        age,
        random,
        fault: faultOf("network"),
        faultsBefore: count - 1,
      })
    );
  assertEquals(pauses(5000, 0), [1000, 1000, 1000, 1000, 1000, 1000, 1000]);
  assertEquals(
    pauses(5000, 0.5),
    [1500, 2000, 3000, 5000, 9000, 9000, 9000],
  );
  assertEquals(
    pauses(100_000, 0.5),
    [10_000, 10_500, 11_500, 13_500, 17_500, 17_500, 17_500],
  );
  assertEquals(
    pauses(HOUR, 0.5),
    [57_500, 58_000, 59_000, 60_000, 60_000, 60_000, 60_000],
  );
});

test("an order that CallFire does not know yet keeps its pace", () => {
  for (const faultsBefore of [0, 1, 5, 19]) {
    const fault = faultOf("not_found");
    assertEquals(
      pauseOf({ age: 15_000, fault, faultsBefore, random: 0.9 }),
      1000,
    );
    assertEquals(
      pauseOf({ age: 15_000, fault: { ...fault, retryAfter: 7000 } }),
      7000,
    );
  }
});

test("Retry-After is obeyed, and one without end is not", () => {
  const pause = (retryAfter: number, age = 5000) =>
    pauseOf({ age, fault: { ...faultOf("rate_limited"), retryAfter } });
  assertEquals(pause(0), 1000);
  assertEquals(pause(30_000), 30_000);
  assertEquals(pause(500, HOUR), 60_000);
  assertEquals(pause(HOUR), HOUR);
  assertEquals(pause(HOUR + 1), HOUR);
  assertEquals(pause(Number.MAX_SAFE_INTEGER), HOUR);
});

test("it is never asked about early, late or at no date at all", () => {
  const fault = fc.record({
    code: fc.constantFrom(...FAULT_CODES),
    message: fc.constant(""),
    retryAfter: fc.option(fc.maxSafeNat(), { nil: undefined }),
  });
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(fc.property(
    fc.integer({ min: -HOUR, max: 1000 * HOUR }),
    fc.option(fault, { nil: undefined }),
    fc.nat(),
    random,
    (age, fault, faultsBefore, random) => {
      fc.pre(fault?.code !== "not_found" || age < 20_000);
      const pause = pauseOf({
        age,
        faultsBefore,
        random,
        ...(fault && { fault }),
      });
      assertGreaterOrEqual(pause, 1000);
      const asked = Math.min(fault?.retryAfter ?? 0, HOUR);
      assertGreaterOrEqual(pause, asked);
      assertLess(pause, Math.max(60_000, asked) + 1);
    },
  ));
});

test("a rest is of whole milliseconds, as all times are", () => {
  for (const random of [0.123456789, 0.987654321]) {
    const fault = faultOf("network");
    for (
      const pause of [
        pauseOf({ age: 0, fault, random }),
        pauseOf({ age: 25_001, random }),
      ]
    ) {
      assertEquals(pause, Math.ceil(pause));
    }
  }
});
