import { assert, assertEquals, assertLess } from "@std/assert";
import { MIN_INTERVAL_MS } from "../../mod.ts";
import { backoffDelay, RequestSpacing } from "../../client/request_spacing.ts";
import { seededRandom } from "../helpers/client/random.ts";
import { test } from "../helpers/client/testing.ts";

test("MINIMUM_INTERVAL is the second that CallFire allows", () => {
  assertEquals(MIN_INTERVAL_MS, 1000);
});

test("Pace lets an order be asked for a second after its answer", () => {
  const pace = new RequestSpacing();
  assertEquals(pace.remaining("1", 5000), 0);
  pace.answered("1", 5000);
  assertEquals(pace.remaining("1", 5000), 1000);
  assertEquals(pace.remaining("1", 5999.5), 0.5);
  assertEquals(pace.remaining("1", 6000), 0);
  assertEquals(pace.remaining("1", 9000), 0);
  assertEquals(pace.remaining("2", 5000), 0);
  pace.answered("1", 6500);
  assertEquals(pace.remaining("1", 7000), 500);
});

test("Pace never lets an order go early, and forgets what is over", () => {
  const random = seededRandom(7);
  const pace = new RequestSpacing();
  const answered = new Map<string, number>();
  let now = 0;
  let most = 0;
  for (let step = 0; step < 20_000; step++) {
    now += random() * 20;
    const id = String(Math.floor(random() * 5000));
    const left = Math.max(0, (answered.get(id) ?? -1000) + 1000 - now);
    assertEquals(pace.remaining(id, now), left);
    if (left > 0) continue;
    pace.answered(id, now);
    answered.set(id, now);
    most = Math.max(most, pace.size);
  }
  // About a hundred a second are answered, and two seconds may be kept.
  assertLess(most, 400);
  assert(answered.size > 4000);
});

test("pauseAfterFault() grows with each fault, with full jitter", () => {
  const highest = 1 - Number.EPSILON;
  const pauses = (random: number) =>
    [1, 2, 3, 4, 5, 6, 100, 2000].map((faults) =>
      Math.round(backoffDelay(faults, 1000, 0, random))
    );
  const rest = [1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000];
  assertEquals(pauses(0), rest);
  assertEquals(
    pauses(highest),
    [2000, 3000, 5000, 9000, 17_000, 17_000, 17_000, 17_000],
  );
  assertEquals(
    pauses(0.5),
    [1500, 2000, 3000, 5000, 9000, 9000, 9000, 9000],
  );
});

test("pauseAfterFault() is never shorter than what was asked for", () => {
  assertEquals(backoffDelay(1, 5000, 0, 0), 5000);
  assertEquals(backoffDelay(1, 5000, 0, 0.5), 5500);
  assertEquals(backoffDelay(1, 1000, 7000, 0.5), 7000);
  assertEquals(backoffDelay(5, 1000, 7000, 0.5), 9000);
  assertEquals(backoffDelay(1, Infinity, 7000, 0), Infinity);
});
