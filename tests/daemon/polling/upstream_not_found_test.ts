import { assertEquals, assertLess, assertMatch } from "@std/assert";
import { MissingOrders } from "../../../daemon/polling/missing_orders.ts";
import type { PollResultLabel } from "../../../daemon/polling/poll_result.ts";
import { test } from "../../helpers/client/testing.ts";
import { AskedUpstream, SECOND } from "../../helpers/polling/asked_upstream.ts";

/** An upstream that is asked about orders, some of which it knew. */
class OrdersUpstream extends AskedUpstream {
  /** Polls one order; returns how long that had to wait. */
  ofOrder(id: string, result: PollResultLabel, isKnown = true): number {
    const { isProbe, waited } = this.ask();
    this.late(id, result, isKnown, isProbe);
    return waited;
  }

  /** A response, as of a request from before. */
  late(
    id: string,
    result: PollResultLabel,
    isKnown = true,
    isProbe = false,
  ): void {
    const order = { id, isKnown };
    this.upstream.answered(result, this.now, isProbe, undefined, order);
  }

  get state(): string {
    return this.upstream.state;
  }
}

test("two known orders that turn 404 together are a failing CallFire", () => {
  const asked = new OrdersUpstream();
  asked.ofOrder("1", "ok");
  asked.ofOrder("2", "ok");
  for (let count = 0; count < 10; count++) asked.ofOrder("1", "not_found");
  assertEquals([asked.state, asked.upstream.failure], ["up", undefined]);
  asked.ofOrder("2", "not_found");
  assertEquals(asked.state, "failing");
  assertMatch(asked.upstream.failure!, /^CallFire answers 404 for orders that/);
  assertEquals(asked.upstream.healthyFor(asked.now), 0);
  // Probes come ever later, and one that is read ends it.
  const waits = ["1", "2", "1", "2"].map((id) =>
    asked.ofOrder(id, "not_found")
  );
  assertEquals(waits, [1000, 2000, 4000, 8000]);
  assertEquals(asked.ofOrder("2", "ok"), 16_000);
  assertEquals([asked.state, asked.upstream.failure], ["up", undefined]);
  asked.now += 5 * SECOND;
  assertEquals(asked.upstream.healthyFor(asked.now), 5 * SECOND);
});

test("orders that were never read are no evidence, however many are 404", () => {
  const asked = new OrdersUpstream();
  asked.ofOrder("known", "not_found");
  for (let id = 0; id < 100; id++) {
    asked.ofOrder(String(id), "not_found", false);
  }
  assertEquals(asked.state, "up");
});

test("a known order that is 404 while others are read is no evidence", () => {
  const asked = new OrdersUpstream();
  for (let count = 0; count < 10; count++) {
    asked.ofOrder("1", "not_found");
    asked.ofOrder("3", "ok");
    asked.ofOrder("2", "not_found");
    asked.ofOrder("1", "not_found");
  }
  assertEquals(asked.state, "up");
});

test("two orders that vanish together open the circuit three times", () => {
  const asked = new OrdersUpstream();
  for (const id of ["1", "2", "3"]) asked.ofOrder(id, "ok");
  for (let time = 0; time < 3; time++) {
    asked.ofOrder("1", "not_found");
    asked.ofOrder("2", "not_found");
    assertEquals(asked.state, "failing");
    asked.ofOrder("3", "ok");
    assertEquals(asked.state, "up");
  }
  const { now } = asked;
  for (let count = 0; count < 50; count++) {
    asked.ofOrder("1", "not_found");
    asked.ofOrder("2", "not_found");
    assertEquals(asked.state, "up");
  }
  assertEquals(asked.upstream.healthyFor(asked.now), asked.now - now);
  // One that was read again, and vanishes with another one, is evidence again.
  asked.ofOrder("1", "ok");
  asked.ofOrder("1", "not_found");
  asked.ofOrder("3", "not_found");
  assertEquals(asked.state, "failing");
});

test("a probe of an order that was never read decides nothing", () => {
  const asked = new OrdersUpstream();
  asked.ofOrder("1", "not_found");
  asked.ofOrder("2", "not_found");
  asked.ofOrder("1", "not_found");
  asked.ofOrder("2", "not_found");
  assertEquals(asked.state, "failing");
  asked.ofOrder("wrong", "not_found", false);
  // Another order is tried soon, and the delay of the probes stays as it was.
  for (let count = 0; count < 100; count++) {
    assertLess(asked.ofOrder("wrong", "not_found", false), 4001);
    assertEquals(asked.state, "failing");
  }
  assertEquals(asked.ofOrder("1", "not_found"), 1000);
  assertEquals(asked.ofOrder("2", "ok"), 8000);
  assertEquals(asked.state, "up");
});

test("no error closes it: only an order that is read", () => {
  const results = ["network", "server_error", "client_error", "rate_limited"];
  for (const result of results as PollResultLabel[]) {
    const asked = new OrdersUpstream();
    asked.ofOrder("1", "not_found");
    asked.ofOrder("2", "not_found");
    asked.ofOrder("3", result);
    assertEquals(asked.state, "failing", result);
    asked.ofOrder("3", "ok");
    assertEquals(asked.state, "up");
  }
});

test("a late response that reads an order closes it at once", () => {
  const asked = new OrdersUpstream();
  asked.ofOrder("1", "not_found");
  asked.ofOrder("2", "not_found");
  asked.late("3", "ok");
  assertEquals(asked.state, "up");
});

test("it closes when the orders are not watched any more", () => {
  const asked = new OrdersUpstream();
  asked.ofOrder("1", "not_found");
  asked.ofOrder("2", "not_found");
  asked.upstream.forget("3", asked.now);
  assertEquals(asked.state, "failing");
  asked.upstream.forget("1", asked.now);
  assertEquals([asked.state, asked.upstream.failure], ["up", undefined]);
  asked.ofOrder("new", "not_found", false);
  assertEquals(asked.state, "up");
});

test("a CallFire that failed otherwise may come back with 404s", () => {
  const asked = new OrdersUpstream();
  asked.break("server_error");
  asked.late("1", "not_found");
  asked.late("2", "not_found");
  asked.ofOrder("3", "not_found", false);
  assertMatch(asked.upstream.failure!, /404/);
  asked.ofOrder("3", "ok", false);
  assertEquals(asked.state, "up");
});

test("refused credentials come before 404s", () => {
  const asked = new OrdersUpstream();
  asked.ofOrder("1", "not_found");
  asked.ofOrder("2", "not_found");
  asked.ofOrder("1", "unauthorized");
  assertEquals([asked.state, asked.upstream.failure], ["refused", undefined]);
  asked.ofOrder("1", "network");
  assertEquals(asked.state, "refused");
  asked.ofOrder("1", "not_found");
  assertMatch(asked.upstream.failure!, /404/);
});

test("MissingOrders keeps nothing of orders that are removed", () => {
  const missing = new MissingOrders();
  assertEquals([missing.add("1"), missing.add("2")], [true, true]);
  assertEquals(missing.isWidespread, true);
  missing.remove("1");
  assertEquals(missing.isWidespread, false);
  for (const isEvidence of [true, true, true, false]) {
    assertEquals(missing.add("2"), isEvidence);
    missing.found("3");
  }
  missing.remove("2");
  assertEquals(missing.add("2"), true);
});
