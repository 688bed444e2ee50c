import { assertEquals, assertLess } from "@std/assert";
import { test } from "../../helpers/client/testing.ts";
import {
  AskedUpstream,
  MINUTE,
  SECOND,
} from "../../helpers/polling/asked_upstream.ts";

test("Upstream goes by another full rate at once", () => {
  const asked = new AskedUpstream(10);
  asked.upstream.setFullRate(2);
  assertEquals(asked.pollUntil(10 * SECOND).length, 20);
  asked.upstream.setFullRate(5);
  assertEquals(asked.pollUntil(20 * SECOND).length, 50);
  assertEquals(asked.upstream.rate, 5);
});

test("Upstream lets nothing through a full rate of nothing", () => {
  const asked = new AskedUpstream(10);
  const { upstream } = asked;
  upstream.setFullRate(0);
  assertEquals([upstream.nextAt(), upstream.rate], [Infinity, 0]);
  // An answer to what was out before opens nothing.
  asked.answer("rate_limited");
  asked.answer("ok");
  assertEquals([upstream.nextAt(), upstream.rate], [Infinity, 0]);
  upstream.setFullRate(10);
  asked.pollUntil(MINUTE);
  assertEquals(upstream.rate, 10);
});

test("Upstream is not sped up by a full rate that is raised", () => {
  const asked = new AskedUpstream(10);
  const { upstream } = asked;
  asked.break();
  asked.now = upstream.nextAt();
  asked.poll();
  assertEquals(upstream.rate, 5);
  upstream.setFullRate(2);
  assertEquals(upstream.rate, 2);
  upstream.setFullRate(20);
  assertEquals(upstream.rate, 5);
  // It goes on coming back as it would have done.
  asked.pollUntil(asked.now + 4 * SECOND);
  assertEquals(upstream.rate, 20);
});

test("Upstream that asked for less is not sped up either", () => {
  const asked = new AskedUpstream(4);
  const { upstream } = asked;
  asked.pollUntil(2 * SECOND);
  asked.answer("rate_limited");
  const { rate } = upstream;
  assertLess(rate, 4);
  upstream.setFullRate(1);
  upstream.setFullRate(Infinity);
  assertEquals(upstream.rate, rate);
});

test("Upstream without a limit takes one, and loses it again", () => {
  const asked = new AskedUpstream(Infinity);
  asked.upstream.setFullRate(4);
  assertEquals(asked.pollUntil(10 * SECOND).length, 40);
  asked.upstream.setFullRate(Infinity);
  assertEquals(asked.ask().waited, 0);
  assertEquals(asked.ask().waited, 0);
});
