import {
  assert,
  assertEquals,
  assertGreaterOrEqual,
  assertLess,
} from "@std/assert";
import fc from "fast-check";
import { POLL_RESULT_LABELS } from "../../../daemon/polling/poll_result.ts";
import { test } from "../../helpers/client/testing.ts";
import {
  AskedUpstream,
  HOUR,
  MINUTE,
  SECOND,
} from "../../helpers/polling/asked_upstream.ts";

/** What is in use is counted, so it may be a little off. */
function assertClose(rate: number, expected: number): void {
  assertLess(Math.abs(rate / expected - 1), 0.1);
}

test("a 429 halves the rate, which is doubled every 10 s from then on", () => {
  const asked = new AskedUpstream(10);
  asked.pollUntil(5 * SECOND);
  asked.poll("rate_limited");
  assertEquals(asked.upstream.rate, 5);
  assertEquals(asked.upstream.state, "up");
  asked.now += 9 * SECOND;
  asked.poll("ok");
  assertEquals(asked.upstream.rate, 5);
  asked.now += 2 * SECOND;
  asked.poll("ok");
  assertEquals(asked.upstream.rate, 10);
  asked.now += HOUR;
  asked.poll("ok");
  assertEquals(asked.upstream.rate, 10);
});

test("429 upon 429 lead down to one question in 5 s, and back again", () => {
  const asked = new AskedUpstream(10);
  asked.pollUntil(5 * SECOND);
  const rates = Array.from({ length: 8 }, () => {
    asked.poll("rate_limited");
    return asked.upstream.rate;
  });
  assertEquals(rates, [5, 2.5, 1.25, 0.625, 0.3125, 0.2, 0.2, 0.2]);
  const back = Array.from({ length: 7 }, () => {
    asked.pollUntil(asked.now + 10.5 * SECOND);
    return asked.upstream.rate;
  });
  assertEquals(back, [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10]);
});

test("429s to questions that were out together count as one", () => {
  const asked = new AskedUpstream(100);
  asked.pollUntil(5 * SECOND);
  for (let count = 0; count < 50; count++) {
    asked.answer("rate_limited");
    asked.now += 10;
  }
  const { rate } = asked.upstream;
  assertClose(rate, 50);
  assertGreaterOrEqual(asked.poll("rate_limited").waited, 900);
  assertEquals(asked.upstream.rate, rate / 2);
});

test("a 429 halves the rate in use when that is below the limit", () => {
  for (const [fullRate, inUse] of [[Infinity, 100], [100, 20]] as const) {
    const asked = new AskedUpstream(fullRate);
    for (let count = 0; count < 5 * inUse; count++) {
      asked.poll("ok");
      asked.now += SECOND / inUse;
    }
    asked.answer("rate_limited");
    assertClose(asked.upstream.rate, inUse / 2);
  }
});

test("a 429 without a limit comes back to none", () => {
  const asked = new AskedUpstream(Infinity);
  asked.pollUntil(SECOND);
  asked.answer("rate_limited");
  let { rate } = asked.upstream;
  assertClose(rate, 500);
  for (; rate < 10_000; rate *= 2) {
    assertEquals(asked.upstream.rate, rate);
    asked.now += 12 * SECOND;
    asked.poll("ok");
  }
  assertEquals(asked.upstream.rate, Infinity);
});

test("a 429 after a rest does not cut the rate to nothing", () => {
  const asked = new AskedUpstream(10);
  asked.now += HOUR;
  const { isProbe } = asked.ask();
  asked.now += 5 * SECOND;
  asked.answer("rate_limited", isProbe);
  assertEquals(asked.upstream.rate, 0.5);
});

test("a limit below the lowest rate stays as it is", () => {
  const asked = new AskedUpstream(0.1);
  for (let count = 0; count < 3; count++) asked.poll("rate_limited");
  assertEquals(asked.upstream.rate, 0.1);
});

test("Retry-After holds for everybody, with every kind of fault", () => {
  for (const result of ["rate_limited", "server_error"] as const) {
    const asked = new AskedUpstream(10);
    asked.pollUntil(SECOND);
    asked.answer(result, false, 30 * SECOND);
    // A shorter one does not shorten it.
    asked.answer(result, false, 5 * SECOND);
    assertEquals(asked.poll("ok").waited, 30 * SECOND);
    assertEquals(asked.upstream.state, "up");
  }
});

test("Retry-After holds for probes too", () => {
  for (const result of ["network", "forbidden"] as const) {
    const asked = new AskedUpstream(10);
    for (let count = 0; count < 5; count++) asked.poll(result);
    // This was out when the circuit opened.
    asked.answer("rate_limited", false, 50 * SECOND);
    assertEquals(asked.poll(result, 90 * SECOND).waited, 50 * SECOND);
    const next = asked.poll("server_error", MINUTE);
    assertEquals(next, { waited: 90 * SECOND, isProbe: true });
    const last = asked.poll("ok");
    assertEquals(last, { waited: MINUTE, isProbe: true });
  }
});

test("Retry-After silences nobody for more than an hour", () => {
  const asked = new AskedUpstream(10);
  asked.poll("rate_limited", Number.MAX_SAFE_INTEGER);
  assertEquals(asked.poll("ok").waited, HOUR);
});

test("a pause that was asked for does not count as recovery", () => {
  const asked = new AskedUpstream(10);
  asked.pollUntil(5 * SECOND);
  asked.poll("rate_limited", MINUTE);
  asked.poll("ok");
  assertEquals(asked.upstream.rate, 5);
  asked.now += 11 * SECOND;
  asked.poll("ok");
  assertEquals(asked.upstream.rate, 10);
});

test("a recovery does not undo what a 429 asked for", () => {
  const asked = new AskedUpstream(100);
  asked.pollUntil(5 * SECOND);
  for (let count = 0; count < 6; count++) asked.poll("rate_limited");
  const { rate } = asked.upstream;
  assertClose(rate, 100 / 2 ** 6);
  asked.break();
  asked.poll("ok");
  assertEquals(asked.upstream.rate, rate);
  asked.pollUntil(asked.now + 9 * SECOND);
  assertEquals(asked.upstream.rate, rate);
  asked.pollUntil(asked.now + 3 * SECOND);
  assertEquals(asked.upstream.rate, 2 * rate);
  // Nor does one begin faster from a rate that was still coming back.
  asked.pollUntil(asked.now + 15 * SECOND);
  assertEquals(asked.upstream.rate, 4 * rate);
  asked.break();
  asked.poll("ok");
  assertEquals(asked.upstream.rate, 5);
  asked.pollUntil(asked.now + 9 * SECOND);
  assertEquals(asked.upstream.rate, 5);
});

test("a probe that is answered by a 429 closes the circuit, slowly", () => {
  const asked = new AskedUpstream(100);
  asked.break();
  asked.poll("rate_limited", 20 * SECOND);
  assertEquals([asked.upstream.state, asked.upstream.rate], ["up", 2.5]);
  const { waited, isProbe } = asked.poll("ok");
  assertEquals([waited, isProbe], [20 * SECOND, false]);
});

test("whatever happens, the next question is never out of sight", () => {
  const step = fc.record({
    result: fc.option(fc.constantFrom(...POLL_RESULT_LABELS), {
      nil: undefined,
    }),
    retryAfter: fc.constantFrom(0, 0, 0, SECOND, MINUTE, 1e15),
    pause: fc.constantFrom(0, 0, 1, 100, SECOND, MINUTE),
    isLate: fc.boolean(),
  });
  const rate = fc.constantFrom(0.2, 1, 10, 1000, Infinity);
  const steps = fc.array(step, { maxLength: 200 });
  fc.assert(fc.property(rate, steps, (rate, steps) => {
    const asked = new AskedUpstream(rate, () => 0.3);
    const out: boolean[] = [];
    for (const { result, retryAfter, pause, isLate } of steps) {
      const { waited, isProbe } = asked.ask();
      assert(waited <= HOUR, `${waited} ms`);
      assertEquals(isProbe, asked.upstream.state !== "up");
      out.push(isProbe);
      asked.now += pause;
      if (isLate) continue;
      // The oldest question is answered, or given up.
      const wasProbe = out.shift() ?? false;
      if (result) asked.answer(result, wasProbe, retryAfter);
      else asked.upstream.abandoned(wasProbe);
      assert(asked.upstream.rate >= 0.2 && asked.upstream.rate <= rate);
    }
  }));
});
