import { assertEquals } from "@std/assert";
import { test } from "../../client/testing.ts";
import { AskedUpstream, HOUR, MINUTE, SECOND } from "./asked_upstream.ts";

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

test("a limit below the lowest rate stays as it is", () => {
  const asked = new AskedUpstream(0.1);
  for (let count = 0; count < 3; count++) asked.poll("rate_limited");
  assertEquals(asked.upstream.rate, 0.1);
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

test("a probe that is answered by a 429 closes the circuit, slowly", () => {
  const asked = new AskedUpstream(100);
  asked.break();
  asked.poll("rate_limited", 20 * SECOND);
  assertEquals([asked.upstream.state, asked.upstream.rate], ["up", 2.5]);
  const { waited, isProbe } = asked.poll("ok");
  assertEquals([waited, isProbe], [20 * SECOND, false]);
});
