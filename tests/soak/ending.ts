/**
 * How an order ends, by what the sandbox knows of it.
 *
 * @module
 */

import { KINDS, type Order } from "../sandbox/order.ts";

const ENDS: Readonly<Record<string, string>> = {
  ERRORED: "errored",
  VOID: "void",
  REJECTED: "rejected",
};

/**
 * Tells which outcome the daemon must come to.
 *
 * @param order The order; `undefined` if CallFire does not know it.
 * @returns The outcome, or `null` if it has not ended.
 */
export function endingOf(order: Order | undefined): string | null {
  if (!order) return "not_found";
  if (order.status !== "FINISHED") return ENDS[order.status] ?? null;
  const items = KINDS.flatMap((kind) => order[kind] ?? []);
  if (items.every((one) => one.fulfilled.length >= one.ordered)) {
    return "fulfilled";
  }
  return items.some((one) => one.fulfilled.length > 0)
    ? "partial"
    : "unfulfilled";
}
