/**
 * Watches of every kind, and what happens to them.
 *
 * @module
 */

import type { CallFireErrorCode, NumberOrder } from "../../../mod.ts";
import {
  applyPollResult,
  beginWatch,
  type Transition,
  type WatchedOrder,
} from "../../../daemon/polling/watched_order.ts";

/** When the watches of the tests begin, in milliseconds since 1970. */
export const BEGAN = Date.UTC(2030, 0, 1, 12);

/** What decides at an age. */
function rulesFor(watch: WatchedOrder) {
  const watchedFor = nextAt(watch) - watch.watchedAt;
  return { expireAfter: 86_400_000, watchedFor, random: 0 };
}

/** An order as CallFire might describe it. */
export function orderOf(
  id: string,
  given: Partial<NumberOrder> = {},
): NumberOrder {
  return {
    id,
    status: "PROCESSING",
    created: new Date(BEGAN - 60_000),
    totalCost: 9.5,
    localNumbers: { ordered: 1, unitCost: 1.5, fulfilled: ["12135550142"] },
    keywords: { ordered: 2, unitCost: 4, fulfilled: ["YELLOWTAXI"] },
    ...given,
  };
}

/** A watch that begins. */
export function begun(
  id: string,
  { label = null, at = BEGAN }: { label?: string | null; at?: number } = {},
): Transition {
  return beginWatch(id, label, at);
}

/** A reading of another order than before, which is a change. */
export function changed(
  watch: WatchedOrder,
  given: Partial<NumberOrder> = {},
): Transition {
  const totalCost = (watch.order?.totalCost ?? 0) + 0.25;
  const order = orderOf(watch.id, { totalCost, ...given });
  return applyPollResult(watch, { at: nextAt(watch), order }, rulesFor(watch));
}

/** A fault, which is a change if the answer before was none. */
export function failed(
  watch: WatchedOrder,
  code: CallFireErrorCode = "server_error",
): Transition {
  const fault = { code, message: `CallFire said: ${code}` };
  return applyPollResult(watch, { at: nextAt(watch), fault }, rulesFor(watch));
}

/** The reading that ends a watch. */
export function settled(
  watch: WatchedOrder,
  status: "FINISHED" | "ERRORED" | "VOID" | "REJECTED" = "FINISHED",
): Transition {
  return changed(watch, { status });
}

/** A watch that was polled without a change. */
export function polled(watch: WatchedOrder): WatchedOrder {
  const at = nextAt(watch);
  return {
    ...watch,
    firstPolledAt: watch.firstPolledAt ?? at,
    lastPolledAt: at,
    nextPollAt: at + 1000,
    polls: watch.polls + 1,
    watchedFor: at - watch.watchedAt,
  };
}

function nextAt(watch: WatchedOrder): number {
  return watch.nextPollAt ?? watch.settledAt ?? watch.watchedAt;
}

/** Watches as they begin. */
export function watches(ids: readonly string[]): WatchedOrder[] {
  return ids.map((id) => begun(id).watch);
}
