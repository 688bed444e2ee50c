import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  applyPollResult,
  beginWatch,
  type Fault,
  type TransitionContext,
  type WatchedOrder,
} from "../../../daemon/polling/watched_order.ts";
import type { NumberOrder } from "../../../mod.ts";
import { test } from "../../helpers/client/testing.ts";
import { faultOf, orderOf } from "../../helpers/polling/testing.ts";

const BEGAN = Date.UTC(2030, 0, 1, 12);
const MINUTE = 60_000;

const NEW = beginWatch("1642251003", null, BEGAN).watch;

/** Polls a watch once at an age in milliseconds. */
function poll(
  watch: WatchedOrder,
  watchedFor: number,
  result: NumberOrder | Fault,
  { at = BEGAN + watchedFor, healthyFor }: {
    at?: number;
    healthyFor?: number;
  } = {},
): WatchedOrder {
  const reading = "code" in result
    ? { at, fault: result }
    : { at, order: result };
  const rules: TransitionContext = {
    expireAfter: 24 * 60 * MINUTE,
    watchedFor,
    healthyFor,
    random: 0,
  };
  return applyPollResult(watch, reading, rules).watch;
}

/** Polls a watch that answers 404 each time. */
function poll404(watch: WatchedOrder, ...ages: number[]): WatchedOrder {
  return ages.reduce(
    (watch, age) =>
      watch.outcome ? watch : poll(watch, age, faultOf("not_found")),
    watch,
  );
}

/** A watch whose order was read at an age of 100 ms and of 60 s. */
const READ = poll(poll(NEW, 100, orderOf()), MINUTE, orderOf());

test("one 404 settles nothing, however old the watch is", () => {
  for (const watch of [NEW, READ]) {
    for (const age of [MINUTE + 1, 20 * MINUTE, 23 * 60 * MINUTE]) {
      assertEquals(poll404(watch, age).outcome, null);
      assertEquals(poll404(watch, age, age + 19_999).outcome, null);
    }
  }
});

test("an order that was never read is not_found after 20 s of 404", () => {
  let watch = NEW;
  for (let age = 100; age < 20_100; age += 1000) {
    watch = poll404(watch, age);
    assertEquals(watch.outcome, null);
  }
  watch = poll404(watch, 20_100);
  assertEquals([watch.outcome, watch.polls], ["not_found", 21]);
  assertEquals(watch.lastError?.message, "a fault: not_found");
});

test("an order is not_found at the third 404, however far apart they are", () => {
  const second = poll404(NEW, 0, 5 * MINUTE);
  assertEquals(second.outcome, null);
  assertEquals(poll404(second, 10 * MINUTE).outcome, "not_found");
  const known = poll404(READ, 20 * MINUTE, 60 * MINUTE);
  assertEquals(known.outcome, null);
  assertEquals(poll404(known, 61 * MINUTE).outcome, "not_found");
});

test("an order that was read is not_found after 10 minutes of 404", () => {
  let watch = READ;
  const from = 2 * MINUTE;
  for (let age = from; age < from + 10 * MINUTE; age += 30_000) {
    watch = poll404(watch, age);
    assertEquals(watch.outcome, null);
  }
  watch = poll404(watch, from + 10 * MINUTE);
  assertEquals([watch.outcome, watch.order], ["not_found", orderOf()]);
  assertMatch(
    watch.lastError!.message,
    /^CallFire no longer knows order '1642251003', which it knew before: /,
  );
  assertStringIncludes(watch.lastError!.message, faultOf("not_found").message);
});

test("any other response or error begins the 404s again", () => {
  const others = [
    orderOf(),
    ...([
      "server_error",
      "timeout",
      "network",
      "malformed",
      "rate_limited",
    ] as const).map(faultOf),
    ...(["unauthorized", "forbidden", "client_error"] as const).map(faultOf),
  ];
  for (const other of others) {
    for (const [watch, needed] of [[NEW, 20_000], [READ, 600_000]] as const) {
      const from = 2 * MINUTE;
      const almost = poll404(watch, from, from + 500, from + needed - 1);
      assertEquals(almost.outcome, null);
      const again = from + needed + 1000;
      const after = poll(almost, from + needed, other);
      const isRead = "status" in other || watch === READ;
      const wait = isRead ? 600_000 : 20_000;
      const settling = poll404(after, again, again + 500, again + wait - 1);
      assertEquals(settling.outcome, null);
      assertEquals(poll404(settling, again + wait).outcome, "not_found");
    }
  }
});

test("the 404s are measured by watched time, whatever the dates are", () => {
  const gone = faultOf("not_found");
  let watch = poll(READ, MINUTE + 1000, gone);
  // A suspend of 8 hours and an NTP step of 40 days, within 2 s.
  watch = poll(watch, MINUTE + 2000, gone, { at: BEGAN + 8 * 60 * MINUTE });
  watch = poll(watch, MINUTE + 3000, gone, { at: BEGAN + 58_000 * MINUTE });
  assertEquals(watch.outcome, null);
  watch = poll(watch, MINUTE + 4000, gone, { at: BEGAN - 58_000 * MINUTE });
  assertEquals([watch.outcome, watch.notFound?.polls], [null, 4]);
  watch = poll(watch, 11 * MINUTE + 1000, gone, { at: BEGAN });
  assertEquals(watch.outcome, "not_found");
});

test("a 404 does not count while CallFire fails, nor one from before", () => {
  const gone = faultOf("not_found");
  let watch = poll404(NEW, 0, 1000, 2000);
  watch = poll(watch, 60_000, gone, { healthyFor: 0 });
  assertEquals([watch.outcome, watch.notFound], [null, null]);
  assertEquals(watch.lastError?.code, "not_found");
  // It was back 5 s ago; what stood before that begins again.
  watch = poll404(NEW, 0, 1000, 2000);
  watch = poll(watch, 60_000, gone, { healthyFor: 5_000 });
  assertEquals(watch.notFound, { since: 60_000, polls: 1 });
  watch = poll(watch, 70_000, gone, { healthyFor: 15_000 });
  watch = poll(watch, 80_000, gone, { healthyFor: 25_000 });
  assertEquals(watch.outcome, "not_found");
});
