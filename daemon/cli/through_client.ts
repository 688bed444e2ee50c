/**
 * Waits for orders straight through the client.
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
import { emptyReport, type Fault, type OrderReport } from "./order_progress.ts";
import type { Wait, WaitForOrders } from "./wait.ts";
import type { ClientSource } from "./watch_flags.ts";

/** What is said of an order that was not asked about any more. */
const NOT_ASKED: Fault = {
  code: "unauthorized",
  message:
    "Not asked any more, since CallFire refused the login or the password",
};

/**
 * Makes ready to wait through one client, which asks about all orders. They
 * begin one after the other, and each is asked about less often the more there
 * are, so that over all of them CallFire is not asked more often than it may be.
 *
 * @param source Who asks, and how often.
 * @param clock Time and chance.
 * @throws {ConfigError} If the credentials or the base URL cannot be used.
 */
export function throughClient(
  source: ClientSource,
  clock: Clock,
): WaitForOrders {
  const limit = new RequestLimit(source.maxRequestsPerSecond);
  const client = connect(source, clock, limit);
  return async (wait) => {
    const { spacing } = limit;
    const interval = Math.max(source.interval, wait.ids.length * spacing);
    const givingUp = new AbortController();
    await Promise.all(
      wait.ids.map((id, index) =>
        waitForOne(id, { ...wait, client, interval, givingUp }, index * spacing)
      ),
    );
  };
}

function connect(
  { credentials }: ClientSource,
  clock: Clock,
  limit: RequestLimit,
): CallFireClient {
  try {
    // However evenly the orders begin, their requests may bunch.
    return createGatedClient(
      { ...credentials, clock },
      () => limit.admit(clock.now()),
    );
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new ConfigError(error.message);
  }
}

interface ClientWait extends Wait {
  client: CallFireClient;
  interval: number;
  /** Ends the others, too. */
  givingUp: AbortController;
}

async function waitForOne(
  id: string,
  wait: ClientWait,
  delay: number,
): Promise<void> {
  const { client, clock, givingUp, interval, timeout } = wait;
  const signal = AbortSignal.any([wait.signal, givingUp.signal]);
  let last = emptyReport(id);
  const report = (news: Partial<OrderReport>) => {
    const next = { ...last, ...news };
    wait.report(next);
    last = next;
  };
  try {
    await clock.sleep(delay, signal);
    await client.waitForNumberOrder(id, {
      signal,
      timeout,
      interval,
      onPoll: (poll) => report(newsOf(poll, last.order !== null)),
    });
  } catch (error) {
    if (last.outcome !== null) {
      // Credentials that were refused once are not tried again and again.
      if (error instanceof AuthenticationError) givingUp.abort(error);
    } else if (error instanceof WaitTimeoutError) {
      report({ outcome: "wait_timeout" });
    } else if (error instanceof NumberOrderNotFoundError) {
      // Until this the wait retried the 404, as far as could be known.
      report({ outcome: error.code });
    } else if (error instanceof AuthenticationError) {
      report({ error: NOT_ASKED, outcome: error.code });
    } else if (wait.signal.aborted) {
      report({ outcome: "interrupted" });
    } else {
      givingUp.abort(error);
      throw error;
    }
  }
}

function newsOf(
  { attempt, order, error }: PollProgress,
  wasRead: boolean,
): Partial<OrderReport> {
  // A wait retries 404 for a while, until it has read the order.
  const mayPass = error?.retryable ||
    (error instanceof NumberOrderNotFoundError && !wasRead);
  const outcome = order
    ? orderOutcome(order)
    : error && !mayPass
    ? error.code
    : "pending";
  return {
    attempt,
    ...(order && { order }),
    error: error ? { code: error.code, message: error.message } : null,
    outcome: outcome === "pending" ? null : outcome,
  };
}
