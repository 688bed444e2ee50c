/**
 * Waits for orders by polling CallFire through the client.
 *
 * @module
 */

import { createGatedClient } from "../../client/internal.ts";
import {
  AuthenticationError,
  type CallFireClient,
  type Clock,
  NumberOrderNotFoundError,
  orderOutcome,
  type PollProgress,
  WaitTimeoutError,
} from "../../mod.ts";
import { ConfigError } from "../config/settings.ts";
import { RequestLimit } from "../polling/request_limit.ts";
import {
  emptyReport,
  type ErrorReport,
  type OrderReport,
  type OrderSource,
  type WaitOptions,
} from "./progress.ts";
import type { DirectSettings } from "./wait_flags.ts";

/** The error of an order that is not polled any more. */
const SKIPPED: ErrorReport = {
  code: "unauthorized",
  message: "Not polled any more, since CallFire rejected the credentials",
};

/**
 * A source that polls all orders through one client. Their starts are staggered
 * and their interval grows with their number, so that together they stay below
 * the rate limit.
 *
 * @throws {ConfigError} If the credentials or the base URL are invalid.
 */
export function directSource(
  settings: DirectSettings,
  clock: Clock,
): OrderSource {
  const limit = new RequestLimit(settings.maxRequestsPerSecond);
  const client = connect(settings, clock, limit);
  return async (wait) => {
    const { spacing } = limit;
    const interval = Math.max(settings.interval, wait.ids.length * spacing);
    const stopped = new AbortController();
    await Promise.all(
      wait.ids.map((id, index) =>
        waitForOne(id, { ...wait, client, interval, stopped }, index * spacing)
      ),
    );
  };
}

function connect(
  { credentials }: DirectSettings,
  clock: Clock,
  limit: RequestLimit,
): CallFireClient {
  try {
    // Staggered starts do not keep later requests from bunching.
    return createGatedClient(
      { ...credentials, clock },
      () => limit.admit(clock.now()),
    );
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new ConfigError(error.message);
  }
}

interface ClientWait extends WaitOptions {
  client: CallFireClient;
  interval: number;
  /** Ends the wait for the other orders. */
  stopped: AbortController;
}

async function waitForOne(
  id: string,
  wait: ClientWait,
  delay: number,
): Promise<void> {
  const { client, clock, stopped, interval, timeout } = wait;
  const signal = AbortSignal.any([wait.signal, stopped.signal]);
  let last = emptyReport(id);
  const report = (change: Partial<OrderReport>) => {
    const next = { ...last, ...change };
    wait.onReport(next);
    last = next;
  };
  try {
    await clock.sleep(delay, signal);
    await client.waitForNumberOrder(id, {
      signal,
      timeout,
      interval,
      onPoll: (poll) => report(toReport(poll, last.order !== null)),
    });
  } catch (error) {
    if (last.outcome !== null) {
      // The other orders would be rejected, too.
      if (error instanceof AuthenticationError) stopped.abort(error);
    } else if (error instanceof WaitTimeoutError) {
      report({ outcome: "wait_timeout" });
    } else if (error instanceof NumberOrderNotFoundError) {
      // The wait had retried the 404 while the order could still appear.
      report({ outcome: error.code });
    } else if (error instanceof AuthenticationError) {
      report({ error: SKIPPED, outcome: error.code });
    } else if (wait.signal.aborted) {
      report({ outcome: "interrupted" });
    } else {
      stopped.abort(error);
      throw error;
    }
  }
}

function toReport(
  { attempt, order, error }: PollProgress,
  isKnown: boolean,
): Partial<OrderReport> {
  // A wait retries 404 for a while, until its first successful poll.
  const isRetried = error?.retryable ||
    (error instanceof NumberOrderNotFoundError && !isKnown);
  const outcome = order
    ? orderOutcome(order)
    : error && !isRetried
    ? error.code
    : "pending";
  return {
    attempt,
    ...(order && { order }),
    error: error ? { code: error.code, message: error.message } : null,
    outcome: outcome === "pending" ? null : outcome,
  };
}
