import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import {
  afterDelivery,
  afterFailure,
  beginEndpoint,
  type Endpoint,
  type FailedAttempt,
  OLD_SECRET_LIFETIME_MS,
  type PastAttempt,
  rotate,
  stateOf,
  validSecrets,
} from "../../../daemon/webhooks/endpoint.ts";
import { MIN_FAILURES } from "../../../daemon/webhooks/retries.ts";
import { test } from "../../helpers/client/testing.ts";

const AT = Date.UTC(2030, 0, 1);

function begin(): Endpoint {
  return beginEndpoint({
    url: "https://example.com/",
    label: null,
    types: ["order.settled"],
    order: null,
    at: AT,
    secret: "whsec_first",
  });
}

function attemptOf(result: PastAttempt["result"], sequence = 7): PastAttempt {
  const order = "1642251003";
  return { at: AT, sequence, order, result, status: null, detail: result };
}

function fail(
  endpoint: Endpoint,
  result: PastAttempt["result"] = "refused",
  given: Partial<FailedAttempt> = {},
): Endpoint {
  return afterFailure(endpoint, {
    attempt: attemptOf(result),
    failure: { at: AT, random: 0.5 },
    before: endpoint.failing,
    isGivenUp: false,
    ...given,
  });
}

test("an endpoint begins active, under an id that no other has", () => {
  const endpoint = begin();
  assertEquals(stateOf(endpoint), "active");
  assertMatch(endpoint.id, /^wh_[0-9a-f]{32}$/);
  assertNotEquals(endpoint.id, begin().id);
  assertEquals(validSecrets(endpoint, AT), ["whsec_first"]);
});

test("an endpoint's old secret is valid for a day beside the new one", () => {
  const rotated = { secrets: rotate(begin(), "whsec_second", AT) };
  const both = ["whsec_second", "whsec_first"];
  assertEquals(validSecrets(rotated, AT), both);
  assertEquals(validSecrets(rotated, AT + OLD_SECRET_LIFETIME_MS - 1), both);
  assertEquals(validSecrets(rotated, AT + OLD_SECRET_LIFETIME_MS), [
    "whsec_second",
  ]);
});

test("each old secret of an endpoint is valid for a day of its own", () => {
  const hour = 3_600_000;
  let endpoint = { secrets: rotate(begin(), "whsec_second", AT) };
  endpoint = { secrets: rotate(endpoint, "whsec_third", AT + hour) };
  for (
    const [after, ...valid] of [
      [hour, "whsec_third", "whsec_second", "whsec_first"],
      [
        OLD_SECRET_LIFETIME_MS - 1,
        "whsec_third",
        "whsec_second",
        "whsec_first",
      ],
      [OLD_SECRET_LIFETIME_MS, "whsec_third", "whsec_second"],
      [OLD_SECRET_LIFETIME_MS + hour, "whsec_third"],
    ] as [number, ...string[]][]
  ) {
    assertEquals(validSecrets(endpoint, AT + after), valid);
  }
  // What is valid no more is not kept either.
  const later = rotate(endpoint, "whsec_fourth", AT + OLD_SECRET_LIFETIME_MS);
  assertEquals(later.map(({ text }) => text), [
    "whsec_fourth",
    "whsec_third",
    "whsec_second",
  ]);
});

test("of an endpoint's secrets the ten newest are valid", () => {
  let { secrets } = begin();
  const texts = ["whsec_first"];
  for (let number = 2; number <= 12; number++) {
    texts.unshift(`whsec_${number}`);
    secrets = rotate({ secrets }, texts[0]!, AT + number);
    assertEquals(validSecrets({ secrets }, AT + number), texts.slice(0, 10));
    assertEquals(secrets.length, Math.min(number, 10));
  }
});

test("an endpoint fails until something is delivered", () => {
  const failing = fail(fail(begin()));
  assertEquals(stateOf(failing), "failing");
  assertEquals(failing.failing, { since: AT, count: 2, nextAt: AT + 30_000 });
  const delivered = afterDelivery(failing, attemptOf("delivered"));
  assertEquals(stateOf(delivered), "active");
  assertEquals(fail(delivered).failing?.count, 1);
});

test("an endpoint is parked once it is gone or given up", () => {
  const gone = fail(begin(), "gone");
  assertEquals(gone.parked, { at: AT, reason: "gone" });
  const givenUp = fail(fail(begin()), "timeout", { isGivenUp: true });
  assertEquals(givenUp.parked, { at: AT, reason: "failing" });
  let failing = begin();
  for (let count = 1; count < MIN_FAILURES; count++) failing = fail(failing);
  const day = { at: AT + 86_400_000, random: 0.5 };
  const failed = fail(failing, "network", { failure: day });
  assertEquals(failed.parked, { at: day.at, reason: "failing" });
  for (const parked of [gone, givenUp, failed]) {
    assertEquals([stateOf(parked), parked.failing], ["parked", null]);
  }
});

test("failures of attempts that were under way together count as one", () => {
  const first = fail(begin());
  const late = { at: AT + 9_000, random: 0.5 };
  const both = fail(first, "timeout", { before: null, failure: late });
  assertEquals(both.failing, { since: AT, count: 1, nextAt: AT + 14_000 });
  // The one that asks for the longest wait is heard, whichever it is.
  const asking = { at: AT, random: 0.5, retryAfter: 60_000 };
  const waiting = fail(begin(), "refused", { failure: asking });
  const after = fail(waiting, "timeout", { before: null, failure: late });
  assertEquals(after.failing, { since: AT, count: 1, nextAt: AT + 60_000 });
});

test("of an endpoint's attempts the last ten are kept, the newest first", () => {
  let endpoint = begin();
  assertEquals(endpoint.attempts, []);
  const made: PastAttempt[] = [];
  for (let sequence = 1; sequence <= 12; sequence++) {
    const attempt = attemptOf(
      sequence % 2 === 0 ? "delivered" : "refused",
      sequence,
    );
    made.unshift(attempt);
    endpoint = attempt.result === "delivered"
      ? afterDelivery(endpoint, attempt)
      : fail(endpoint, "refused", { attempt });
    assertEquals(endpoint.attempts, made.slice(0, 10));
  }
  const gone = fail(endpoint, "gone", { attempt: attemptOf("gone", 13) });
  const late = fail(gone, "timeout", { attempt: attemptOf("timeout", 14) });
  assertEquals(
    late.attempts.map(({ sequence }) => sequence),
    [14, 13, 12, 11, 10, 9, 8, 7, 6, 5],
  );
});

test("what comes of attempts that were under way does not resume an endpoint", () => {
  const parked = fail(begin(), "gone");
  const failed = fail(parked, "timeout", { before: null });
  assertEquals([failed.parked, failed.failing], [parked.parked, null]);
  const delivered = afterDelivery(parked, attemptOf("delivered"));
  assertEquals(stateOf(delivered), "parked");
});
