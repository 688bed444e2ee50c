import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  countFailure,
  DISABLE_AFTER_MS,
  type Failures,
  isGivenUp,
  LONGEST_RETRY_AFTER,
  MIN_FAILURES,
} from "../../../daemon/webhooks/retries.ts";
import { test } from "../../helpers/client/testing.ts";

const BEGAN = Date.UTC(2030, 0, 1);
const HOUR = 3_600_000;

/** The waits, in seconds, of one that fails until it is given up. */
function waits(random: number): number[] {
  const seconds: number[] = [];
  let failures: Failures | null = null;
  for (let at = BEGAN;;) {
    failures = countFailure(failures, { at, random });
    if (isGivenUp(failures, at)) return seconds;
    seconds.push((failures.nextAt - at) / 1000);
    at = failures.nextAt;
  }
}

test("what fails is tried again after 5 s, later every 4 h, for a day", () => {
  assertEquals(
    waits(0.5),
    [
      5,
      30,
      120,
      600,
      1800,
      3600,
      7200,
      14400,
      14400,
      14400,
      14400,
      14400,
      1045,
    ],
  );
  assertEquals(waits(0).slice(0, 3), [4, 24, 96]);
  assertEquals(waits(0.999_999).slice(0, 2).map(Math.round), [6, 36]);
});

const retryAfters = fc.option(
  fc.oneof(fc.nat(10 * HOUR), fc.constant(1e15)),
  { nil: undefined },
);
const answers = fc.array(
  fc.record({
    random: fc.double({ min: 0, max: 0.999_999, noNaN: true }),
    retryAfter: retryAfters,
  }),
  { minLength: 40, maxLength: 40 },
);

test("whatever a receiver asks for, it is heard, and given up in time", () => {
  fc.assert(fc.property(answers, (failed) => {
    let failures: Failures | null = null;
    let at = BEGAN;
    let tries = 0;
    for (const { random, retryAfter } of failed) {
      const before: Failures | null = failures;
      failures = countFailure(before, { at, random, retryAfter });
      tries++;
      assertEquals([failures.count, failures.since], [tries, BEGAN]);
      if (isGivenUp(failures, at)) break;
      const wait = failures.nextAt - at;
      assert(wait >= Math.min(retryAfter ?? 0, LONGEST_RETRY_AFTER));
      // It never waits longer than for the last try, unless it was asked to,
      // or there were too few.
      assert(
        failures.nextAt <= BEGAN + DISABLE_AFTER_MS ||
          wait === Math.min(retryAfter ?? 0, LONGEST_RETRY_AFTER) ||
          tries < MIN_FAILURES,
      );
      assert(wait > 0);
      at = failures.nextAt;
    }
    assert(isGivenUp(failures!, at), "tried for ever");
    // A day of failures, and what the last answer of it asked for.
    assert(at - BEGAN >= DISABLE_AFTER_MS && tries >= MIN_FAILURES);
    assert(
      at - BEGAN <= DISABLE_AFTER_MS + LONGEST_RETRY_AFTER ||
        tries === MIN_FAILURES,
    );
  }));
});

test("a date that jumps by years gives nothing up within half an hour", () => {
  let failures = countFailure(null, { at: 0, random: 0 });
  let waited = failures.nextAt;
  for (let at = BEGAN; !isGivenUp(failures, at); at = failures.nextAt) {
    failures = countFailure(failures, { at, random: 0 });
    waited += failures.nextAt - at;
  }
  assert(waited >= HOUR / 2);
});

test("a clock that is set back makes nothing older than it is", () => {
  const first = countFailure(null, { at: BEGAN, random: 0.5 });
  const second = countFailure(first, { at: BEGAN - HOUR, random: 0.5 });
  assertEquals(second.since, BEGAN - HOUR);
  assertEquals(second.nextAt, BEGAN - HOUR + 30_000);
});
