/**
 * What is logged of each thing that happens: one line for each change, none
 * for a poll.
 *
 * @module
 */

import type { NumberOrder } from "../../mod.ts";
import type { Log, LogFields } from "./log.ts";
import type { CurrentPause } from "../polling/long_pause.ts";
import { messageOf } from "../polling/error_message.ts";
import type { StoredEvent } from "../store/store.ts";
import type { Fault, WatchedOrder } from "../polling/watched_order.ts";
import type { UpstreamState } from "../polling/upstream.ts";

/**
 * Writes a line for each event.
 *
 * @param log Where to.
 * @param events What happened, in order.
 */
export function logEvents(log: Log, events: readonly StoredEvent[]): void {
  log.together(() => events.forEach((event) => logEvent(log, event)));
}

function logEvent(log: Log, { type, watch }: StoredEvent): void {
  const { id, label, outcome, lastError } = watch;
  const about = { order: id, label: label ?? undefined };
  switch (type) {
    case "order.watched":
      log.info("Watching the order", about);
      break;
    case "order.removed":
      log.info("Forgot the order", about);
      break;
    case "order.changed":
      log.info("The order changed", {
        ...about,
        ...progress(watch.order),
        error: lastError?.code,
      });
      break;
    case "order.settled": {
      // Of a 404 it says whether CallFire ever knew the order.
      const detail = outcome === "not_found" ? lastError?.message : undefined;
      const fields = { ...about, outcome, ...settled(watch), detail };
      if (outcome === "fulfilled") log.info("The order settled", fields);
      else log.warn("The order settled", fields);
    }
  }
}

/**
 * Writes a line when CallFire begins to fail or to refuse us, or is up again.
 *
 * @param log Where to.
 * @param state How it is doing now.
 * @param fault The answer that told so, where it was a fault.
 */
export function logUpstream(
  log: Log,
  state: UpstreamState,
  fault: Fault | undefined,
): void {
  const fields = { code: fault?.code, detail: fault?.message };
  if (state === "up") log.info("CallFire answers again", fields);
  else if (state === "failing" && fault?.code === "not_found") {
    log.error(
      "CallFire answers 404 for orders that it knew; only probes are sent, and " +
        "no order settles as not_found, until it knows one of them again",
      fields,
    );
  } else if (state === "failing") {
    log.error("CallFire fails; only probes are sent until it is back", fields);
  } else {
    log.error(
      "CallFire refuses the credentials; only probes are sent until they are " +
        "taken",
      fields,
    );
  }
}

/**
 * Writes a line when a long pause that CallFire asked for begins or is over.
 *
 * @param log Where to.
 * @param pause The pause; `undefined` if it is over.
 */
export function logPause(log: Log, pause: CurrentPause | undefined): void {
  if (!pause) return log.info("The pause is over; orders are polled again");
  log.warn("CallFire asked for a pause by Retry-After; nothing is polled", {
    code: pause.code,
    until: new Date(pause.until).toISOString(),
  });
}

/**
 * Writes a line when what happens cannot be stored, or can be again.
 *
 * @param log Where to.
 * @param error Why it cannot; absent when it can.
 */
export function logStorage(log: Log, error: unknown): void {
  if (error === undefined) return log.info("What happens is stored again");
  log.error("What happens cannot be stored; it is asked for again", {
    detail: messageOf(error),
  });
}

/**
 * Writes a line when the database was put back while the daemon ran.
 *
 * @param log Where to.
 */
export function logRewind(log: Log): void {
  log.warn(
    "The database was put back to an earlier state; its orders are read again",
  );
}

function progress(order: NumberOrder | null): LogFields {
  if (!order) return {};
  const items = [order.localNumbers, order.tollFreeNumbers, order.keywords]
    .flatMap((item) => item ?? []);
  return {
    status: order.status,
    fulfilled: items.reduce((sum, item) => sum + item.fulfilled.length, 0),
    ordered: items.reduce((sum, item) => sum + item.ordered, 0),
  };
}

function settled({ order, polls, watchedFor }: WatchedOrder) {
  return {
    ...progress(order),
    cost: order?.totalCost,
    seconds: watchedFor / 1000,
    polls,
  };
}
