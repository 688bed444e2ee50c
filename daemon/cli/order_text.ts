/**
 * The texts about an order in the views for people.
 *
 * @module
 */

import { isTerminal, type NumberOrder } from "../../mod.ts";
import type { OrderProgress, Summary, WaitOutcome } from "./progress.ts";
import type { Piece, Style } from "./styled_line.ts";

/** How an outcome looks. */
export interface OutcomeStyle {
  /** Distinguishes it where there are no colors. */
  readonly mark: string;
  /** Its color; absent before the outcome. */
  readonly style?: Style;
}

const FAILED: OutcomeStyle = { mark: "✗", style: "red" };
const SHORT: OutcomeStyle = { mark: "!", style: "yellow" };
const OPEN: OutcomeStyle = { mark: "?", style: "yellow" };

const OUTCOME_STYLES: Partial<Record<WaitOutcome, OutcomeStyle>> = {
  fulfilled: { mark: "✓", style: "green" },
  partial: SHORT,
  unfulfilled: SHORT,
  wait_timeout: OPEN,
  expired: OPEN,
  interrupted: OPEN,
};

/** The mark and the color of an outcome; `null` before there is one. */
export function styleOf(outcome: WaitOutcome | null): OutcomeStyle {
  return outcome === null ? { mark: "·" } : OUTCOME_STYLES[outcome] ?? FAILED;
}

/** Formats milliseconds as seconds, to the tenth: `12.3 s`. */
export function formatSeconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

/** How many items of an order were bought so far, such as `2 of 3`. */
export function itemCount(order: NumberOrder): string {
  const ordered = itemsOf(order).reduce((sum, item) => sum + item.ordered, 0);
  return `${bought(order).length} of ${ordered}`;
}

/** A line about an order without an outcome: its status, or the last error. */
export function progressLine(progress: OrderProgress): Piece[] {
  const { order, error } = progress;
  if (error) {
    return line(progress, {
      text: `${error.code}, retrying: ${error.message}`,
      style: "yellow",
    });
  }
  if (!order) return line(progress, { text: "waiting for first poll" });
  return line(progress, { text: order.status }, itemCount(order));
}

/** The last line about an order: its outcome, what it bought and its cost. */
export function resultLine(progress: OrderProgress): Piece[] {
  const { order, error, outcome } = progress;
  const details: string[] = [];
  if (order) {
    details.push(itemCount(order));
    details.push(isTerminal(order) ? dollars(order.totalCost) : order.status);
    details.push(...bought(order));
  }
  if (error) details.push(error.message);
  const { style } = styleOf(outcome);
  return line(progress, { text: outcome ?? "", style }, details.join("  "));
}

/** The line below all others: the count of each outcome and the total cost. */
export function totalLine({ orders }: Summary): Piece[] {
  const outcomes = [...countOutcomes(orders)]
    .map(([outcome, count]) => `${count} ${outcome}`);
  const { length } = orders;
  return [{
    text: `${length} ${length === 1 ? "order" : "orders"}: ` +
      `${outcomes.join(", ")}; ${dollars(totalCost(orders))}`,
  }];
}

/** Counts the outcomes of orders, in the order of their first appearance. */
export function countOutcomes(
  orders: readonly OrderProgress[],
): Map<string, number> {
  const groups = Map.groupBy(orders, ({ outcome }) => String(outcome));
  return new Map(
    Array.from(groups, ([outcome, { length }]) => [outcome, length]),
  );
}

/** The cost, in US dollars, of the orders whose status is terminal. */
export function totalCost(orders: readonly OrderProgress[]): number {
  const sum = orders.reduce(
    (sum, { order }) =>
      order && isTerminal(order) ? sum + order.totalCost : sum,
    0,
  );
  // Drops the digits that adding binary fractions leaves behind.
  return Number(sum.toFixed(6));
}

function line(
  { id, elapsed, outcome }: OrderProgress,
  state: Piece,
  details = "",
): Piece[] {
  const { mark, style } = styleOf(outcome);
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
