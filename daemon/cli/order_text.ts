/**
 * What is said of an order in the views for people.
 *
 * @module
 */

import { isTerminal, type NumberOrder } from "../../mod.ts";
import type { OrderProgress, WatchOutcome } from "./order_progress.ts";
import type { Piece, Style } from "./styled_line.ts";
import type { Summary } from "./view.ts";

/** How an outcome looks. */
export interface Look {
  /** What says it without any color. */
  readonly mark: string;
  /** Its color; absent while the order is waited for. */
  readonly style?: Style;
}

const FAILED: Look = { mark: "✗", style: "red" };
const SHORT: Look = { mark: "!", style: "yellow" };
const OPEN: Look = { mark: "?", style: "yellow" };

const LOOKS: Partial<Record<WatchOutcome, Look>> = {
  fulfilled: { mark: "✓", style: "green" },
  partial: SHORT,
  unfulfilled: SHORT,
  wait_timeout: OPEN,
  expired: OPEN,
  interrupted: OPEN,
};

/**
 * The mark and the color of an outcome.
 *
 * @param outcome The outcome; `null` while the order is waited for.
 */
export function lookOf(outcome: WatchOutcome | null): Look {
  return outcome === null ? { mark: "·" } : LOOKS[outcome] ?? FAILED;
}

/**
 * A length of time.
 *
 * @param milliseconds Its milliseconds.
 * @returns Its seconds, to the tenth: `12.3 s`.
 */
export function formatSeconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

/**
 * How many items of an order were bought so far.
 *
 * @param order The order.
 * @returns Such as `2 of 3`.
 */
export function itemCount(order: NumberOrder): string {
  const ordered = itemsOf(order).reduce((sum, item) => sum + item.ordered, 0);
  return `${bought(order).length} of ${ordered}`;
}

/**
 * A line about an order that is waited for: how it stands.
 *
 * @param progress The order.
 */
export function progressLine(progress: OrderProgress): Piece[] {
  const { order, error } = progress;
  if (error) {
    return line(progress, {
      text: `${error.code}, asking again: ${error.message}`,
      style: "yellow",
    });
  }
  if (!order) return line(progress, { text: "not read yet" });
  return line(progress, { text: order.status }, itemCount(order));
}

/**
 * The last line about an order: how it ended, what was bought and what it cost.
 *
 * @param progress The order, once it has ended.
 */
export function resultLine(progress: OrderProgress): Piece[] {
  const { order, error, outcome } = progress;
  const details: string[] = [];
  if (order) {
    details.push(itemCount(order));
    details.push(isTerminal(order) ? dollars(order.totalCost) : order.status);
    details.push(...bought(order));
  }
  if (error) details.push(error.message);
  const { style } = lookOf(outcome);
  return line(progress, { text: outcome ?? "", style }, details.join("  "));
}

/**
 * The line beneath all: how many ended how, and what they cost together.
 *
 * @param summary How it all ended.
 */
export function totalLine({ orders }: Summary): Piece[] {
  const outcomes = [...countOutcomes(orders)]
    .map(([outcome, count]) => `${count} ${outcome}`);
  const { length } = orders;
  return [{
    text: `${length} ${length === 1 ? "order" : "orders"}: ` +
      `${outcomes.join(", ")}; ${dollars(totalCost(orders))}`,
  }];
}

/**
 * How many orders ended how, in the order in which the outcomes come.
 *
 * @param orders The orders, all ended.
 */
export function countOutcomes(
  orders: readonly OrderProgress[],
): Map<string, number> {
  const groups = Map.groupBy(orders, ({ outcome }) => String(outcome));
  return new Map(
    Array.from(groups, ([outcome, { length }]) => [outcome, length]),
  );
}

/**
 * What those orders cost together that have ended at CallFire.
 *
 * @param orders The orders.
 * @returns US dollars.
 */
export function totalCost(orders: readonly OrderProgress[]): number {
  const sum = orders.reduce(
    (sum, { order }) =>
      order && isTerminal(order) ? sum + order.totalCost : sum,
    0,
  );
  // Without the digits that the sum of binary fractions leaves behind.
  return Number(sum.toFixed(6));
}

function line(
  { id, elapsed, outcome }: OrderProgress,
  state: Piece,
  details = "",
): Piece[] {
  const { mark, style } = lookOf(outcome);
  const isLast = details === "";
  return [
    { text: mark, style },
    { text: ` ${formatSeconds(elapsed).padStart(8)}  ${id}  ` },
    { ...state, text: isLast ? state.text : state.text.padEnd(12) },
    { text: isLast ? "" : `  ${details}` },
  ];
}

function itemsOf({ localNumbers, tollFreeNumbers, keywords }: NumberOrder) {
  return [localNumbers, tollFreeNumbers, keywords]
    .flatMap((item) => item ?? []);
}

function bought(order: NumberOrder): string[] {
  return itemsOf(order).flatMap((item) => item.fulfilled);
}

function dollars(amount: number): string {
  return `$${amount.toFixed(2)}`;
}
