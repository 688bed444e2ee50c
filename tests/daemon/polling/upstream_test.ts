import { assertEquals, assertGreaterOrEqual, assertLess } from "@std/assert";
import {
  POLL_RESULT_LABELS,
  type PollResultLabel,
} from "../../../daemon/polling/poll_result.ts";
import type { UpstreamState } from "../../../daemon/polling/upstream.ts";
import { test } from "../../helpers/client/testing.ts";
import {
  AskedUpstream,
  MINUTE,
  SECOND,
} from "../../helpers/polling/asked_upstream.ts";

const EXPECTED: Record<PollResultLabel, UpstreamState> = {
  ok: "up",
  not_found: "up",
  client_error: "up",
  rate_limited: "up",
  unauthorized: "refused",
  forbidden: "refused",
  server_error: "failing",
  malformed: "failing",
  network: "failing",
  timeout: "failing",
};

for (const result of POLL_RESULT_LABELS) {
  const expected = EXPECTED[result];
  test(`Upstream is ${expected} after many answers that are ${result}`, () => {
    const asked = new AskedUpstream();
    for (let count = 0; count < 20; count++) asked.poll(result);
    assertEquals(asked.upstream.state, expected);
  });

  test(`Upstream is ${expected} when a probe is ${result}`, () => {
    const asked = new AskedUpstream();
    asked.break();
    assertEquals(asked.poll(result).isProbe, true);
    assertEquals(asked.upstream.state, expected);
  });

  test(`Upstream ignores a late answer that is ${result}`, () => {
    for (const first of ["network", "unauthorized"] as const) {
      const asked = new AskedUpstream();
      for (let count = 0; count < 5; count++) asked.poll(first);
      const { state } = asked.upstream;
      const nextAt = asked.upstream.nextAt();
      asked.answer(result);
      assertEquals(asked.upstream.state, state);
      assertGreaterOrEqual(asked.upstream.nextAt(), nextAt);
    }
  });
}

test("Upstream opens its circuit at the fifth failure in a row", () => {
  const asked = new AskedUpstream();
  for (const good of ["ok", "not_found", "client_error"] as const) {
    for (let failure = 0; failure < 4; failure++) asked.poll("network");
    asked.poll(good);
  }
  for (const result of ["network", "timeout", "malformed"] as const) {
    asked.poll(result);
  }
  assertEquals(asked.poll("server_error").isProbe, false);
  assertEquals(asked.upstream.state, "up");
  assertEquals(asked.poll("server_error").isProbe, false);
  assertEquals(asked.upstream.state, "failing");
});

test("probes of a failing CallFire come ever later, up to a minute", () => {
  for (
    const [random, part] of [[0, 1], [0.5, 0.75], [0.999999, 0.5]] as const
  ) {
    const asked = new AskedUpstream(10, () => random);
    asked.break();
    const waits = Array.from({ length: 9 }, () => {
      const { waited, isProbe } = asked.poll("server_error");
      assertEquals(isProbe, true);
      return Math.round(waited / part / SECOND);
    });
    assertEquals(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    assertEquals(asked.poll("ok").isProbe, true);
    // The next time begins with a short wait again.
    asked.break();
    assertEquals(Math.round(asked.poll("network").waited / part), SECOND);
  }
});

test("no second probe is sent while one is out", () => {
  const asked = new AskedUpstream();
  asked.break();
  assertEquals(asked.ask().isProbe, true);
  assertGreaterOrEqual(asked.upstream.nextAt() - asked.now, MINUTE);
  asked.now += 10 * SECOND;
  // Nor do answers to other questions let one go.
  for (const result of POLL_RESULT_LABELS) asked.answer(result);
  assertGreaterOrEqual(asked.upstream.nextAt() - asked.now, 50 * SECOND);
  asked.answer("timeout", true);
  assertEquals(asked.poll("ok").waited, 2 * SECOND);
  assertEquals(asked.upstream.state, "up");
});

test("a probe that is given up makes room for the next one at once", () => {
  for (const result of ["network", "forbidden"] as const) {
    const asked = new AskedUpstream();
    for (let count = 0; count < 5; count++) asked.poll(result);
    const { isProbe } = asked.ask();
    asked.upstream.abandoned(isProbe);
    const next = asked.ask();
    assertEquals([next.isProbe, next.waited < 100], [true, true]);
    // One that was not a probe changes nothing.
    asked.upstream.abandoned(false);
    assertGreaterOrEqual(asked.upstream.nextAt() - asked.now, MINUTE);
  }
});

test("a probe that nobody tells the outcome of is followed by another", () => {
  for (const result of ["network", "unauthorized"] as const) {
    const asked = new AskedUpstream();
    for (let count = 0; count < 5; count++) asked.poll(result);
    asked.ask();
    assertEquals(asked.poll("ok"), { waited: MINUTE, isProbe: true });
    assertEquals(asked.upstream.state, "up");
    // Should it be told after all, it is an answer like any other.
    asked.answer("ok", true);
    assertEquals(asked.poll().isProbe, false);
  }
});

test("refused credentials are tried again every 15 s, and no faster", () => {
  for (const refusal of ["unauthorized", "forbidden"] as const) {
    const asked = new AskedUpstream();
    asked.poll(refusal);
    assertEquals(asked.upstream.state, "refused");
    // The first probe after a 403 comes sooner.
    if (refusal === "forbidden") asked.poll(refusal);
    for (const result of [refusal, "network", "timeout", refusal] as const) {
      assertEquals(asked.poll(result), { waited: 15 * SECOND, isProbe: true });
      assertEquals(asked.upstream.state, "refused");
    }
    assertEquals(asked.poll("ok"), { waited: 15 * SECOND, isProbe: true });
    assertEquals(asked.upstream.state, "up");
    assertEquals(asked.poll("ok").isProbe, false);
  }
});

test("a first 403 may be about one order, so another is tried soon", () => {
  const asked = new AskedUpstream();
  for (const before of ["ok", "ok", "server_error"] as const) {
    if (before === "server_error") asked.break(before);
    else asked.poll(before);
    asked.poll("forbidden");
    assertEquals(asked.upstream.state, "refused");
    assertEquals(asked.poll("ok"), { waited: SECOND, isProbe: true });
    assertEquals(asked.upstream.state, "up");
  }
});

for (const fullRate of [1, 8, 100, Infinity]) {
  test(`a recovery begins slowly and comes back to ${fullRate} a second`, () => {
    const steps = [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120];
    for (const result of ["network", "unauthorized"] as const) {
      const asked = new AskedUpstream(fullRate);
      for (let count = 0; count < 5; count++) asked.poll(result);
      assertEquals(asked.upstream.rate, fullRate);
      assertEquals(asked.poll("ok").isProbe, true);
      for (const step of [...steps, fullRate, fullRate]) {
        const expected = Math.min(step, fullRate);
        const { length } = asked.pollUntil(asked.now + SECOND);
        assertEquals(asked.upstream.rate, expected);
        if (expected < Infinity) assertLess(length, expected + 1);
      }
    }
  });
}
