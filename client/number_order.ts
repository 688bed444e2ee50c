/**
 * What a number order is, and what can be said of it without asking anybody.
 *
 * @module
 */

/**
 * The ten statuses that CallFire documents.
 *
 * @example
 * ```ts
 * import { ORDER_STATUSES } from "@callfire-orders/client";
 * import { assert } from "@std/assert";
 *
 * assert(ORDER_STATUSES.includes("WAIT_FOR_PAYMENT"));
 * ```
 */
export const ORDER_STATUSES = [
  "NEW",
  "PROCESSING",
  "FINISHED",
  "ERRORED",
  "VOID",
  "WAIT_FOR_PAYMENT",
  "ADJUSTED",
  "APPROVE_TIER_ONE",
  "APPROVE_TIER_TWO",
  "REJECTED",
] as const;

/**
 * The status of an order: one of the ten that CallFire documents, or, kept as
 * it came, one that it has added since.
 */
export type OrderStatus =
  | typeof ORDER_STATUSES[number]
  // deno-lint-ignore ban-types -- keeps the ten names in an editor's completion
  | (string & {});

/** One kind of thing within an order: how many were ordered, which were bought. */
export interface NumberOrderItem {
  /** How many were ordered: a whole number from 0 to 2147483647. */
  ordered: number;
  /** The price of one, in US dollars. */
  unitCost: number;
  /** What was bought so far: the phone numbers or the keywords themselves. */
  fulfilled: string[];
}

/** An order of phone numbers and keywords, as CallFire described it once. */
export interface NumberOrder {
  /** The order's id: a decimal string from 1 to 9223372036854775807. */
  id: string;
  /** Where the order stands. */
  status: OrderStatus;
  /** When the order was created, to the millisecond. */
  created: Date;
  /** What the whole order costs, in US dollars. */
  totalCost: number;
  /** Local numbers, where the order has any. */
  localNumbers?: NumberOrderItem;
  /** Toll-free numbers, where the order has any. */
  tollFreeNumbers?: NumberOrderItem;
  /** Keywords, where the order has any. */
  keywords?: NumberOrderItem;
}

/**
 * How an order went, in one word.
 *
 * - `pending`: it may still change;
 * - `fulfilled`: finished, and everything that was ordered was bought;
 * - `partial`: finished, but of some kind fewer were bought than ordered;
 * - `unfulfilled`: finished, and nothing that was ordered was bought;
 * - `errored`, `void`, `rejected`: ended with the status of that name.
 */
export type OrderOutcome =
  | "pending"
  | "fulfilled"
  | "partial"
  | "unfulfilled"
  | "errored"
  | "void"
  | "rejected";

/** The three kinds of items, by the names they have in a {@link NumberOrder}. */
export const ITEM_KINDS = [
  "localNumbers",
  "tollFreeNumbers",
  "keywords",
] as const;

const TERMINAL_OUTCOMES: ReadonlyMap<string, OrderOutcome> = new Map([
  ["FINISHED", "fulfilled"],
  ["ERRORED", "errored"],
  ["VOID", "void"],
  ["REJECTED", "rejected"],
]);

/**
 * Tells whether an order has ended: its status is FINISHED, ERRORED, VOID or
 * REJECTED. A status that is not known is not an end.
 *
 * @example
 * ```ts
 * import { isTerminal } from "@callfire-orders/client";
 * import { assert } from "@std/assert";
 *
 * const order = {
 *   id: "1642251003",
 *   status: "PROCESSING",
 *   created: new Date(),
 *   totalCost: 0,
 * };
 *
 * assert(!isTerminal(order));
 * assert(isTerminal({ ...order, status: "ERRORED" }));
 * ```
 *
 * @param order The order, as it was read.
 * @returns Whether its status will not change any more.
 */
export function isTerminal(order: NumberOrder): boolean {
  return TERMINAL_OUTCOMES.has(order.status);
}

/**
 * Says how an order went. FINISHED alone does not mean that everything was
 * bought, so what was bought is counted, kind by kind.
 *
 * @example A finished order that came back short
 * ```ts
 * import { orderOutcome } from "@callfire-orders/client";
 * import { assertEquals } from "@std/assert";
 *
 * const outcome = orderOutcome({
 *   id: "1642251003",
 *   status: "FINISHED",
 *   created: new Date(),
 *   totalCost: 5.5,
 *   localNumbers: { ordered: 1, unitCost: 1.5, fulfilled: ["12135550142"] },
 *   keywords: { ordered: 2, unitCost: 4, fulfilled: ["YELLOWTAXI"] },
 * });
 *
 * assertEquals(outcome, "partial");
 * ```
 *
 * @param order The order, as it was read.
 * @returns `pending` until the order has ended, then how it ended.
 */
export function orderOutcome(order: NumberOrder): OrderOutcome {
  const outcome = TERMINAL_OUTCOMES.get(order.status) ?? "pending";
  if (outcome !== "fulfilled") return outcome;
  const items = ITEM_KINDS.flatMap((kind) => order[kind] ?? []);
  const isShort = items.some((item) => item.fulfilled.length < item.ordered);
  if (!isShort) return "fulfilled";
  const isEmpty = items.every((item) => item.fulfilled.length === 0);
  return isEmpty ? "unfulfilled" : "partial";
}

/** A copy of an order that shares nothing with it that can be changed. */
export function copyOrder(order: NumberOrder): NumberOrder {
  const copy = { ...order, created: new Date(order.created) };
  for (const kind of ITEM_KINDS) {
    const item = order[kind];
    if (item) copy[kind] = { ...item, fulfilled: [...item.fulfilled] };
  }
  return copy;
}

/** Tells whether two readings of one order say the same in every part. */
export function isSameOrder(one: NumberOrder, other: NumberOrder): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
