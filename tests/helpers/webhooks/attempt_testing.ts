/**
 * What the tests of attempts share.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import {
  type Attempt,
  attempt,
  type AttemptOptions,
} from "../../../daemon/webhooks/attempt.ts";
import { parseAllowedHosts } from "../../../daemon/webhooks/allowed_hosts.ts";
import { parseTarget, type Target } from "../../../daemon/webhooks/target.ts";
import type { RawServer } from "../client/raw_server.ts";
import { TestClock } from "../client/test_clock.ts";
import { until } from "../../sandbox/testing.ts";

/** What no outcome may tell: the URL's path may be a secret. */
export const SECRET = "path-that-only-its-owner-knows";

/** Where a server takes webhooks, which is allowed to be on this machine. */
export function targetAt({ url }: Pick<RawServer, "url">): Target {
  return parseTarget(`${url}/${SECRET}?a=b`, parseAllowedHosts("*", true)!);
}

/** An attempt that was begun, and the time that it has. */
export interface Begun {
  /** Virtual time. */
  clock: TestClock;
  /** What comes of it. */
  outcome: Promise<Attempt>;
}

/** Begins an attempt. */
export function begin(
  target: Target,
  options: Partial<AttemptOptions> = {},
): Begun {
  const clock = new TestClock();
  const outcome = attempt({
    target,
    headers: { "webhook-id": "evt_17_wh_1" },
    body: "{}",
    clock,
    signal: new AbortController().signal,
    ...options,
  });
  return { clock, outcome };
}

/** Makes an attempt, in no time; nothing may be left of it. */
export async function attemptAt(
  server: Pick<RawServer, "url" | "connections">,
  options: Partial<AttemptOptions> = {},
): Promise<Attempt> {
  const { clock, outcome } = begin(targetAt(server), options);
  const ended = await outcome;
  assertEquals(clock.pending, 0);
  assertEquals(JSON.stringify(ended).includes(SECRET), false);
  await until(() => server.connections() === 0);
  return ended;
}
