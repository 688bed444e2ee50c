/**
 * An order as the text that a store keeps.
 *
 * @module
 */

import type { NumberOrder, NumberOrderItem } from "../../mod.ts";

/**
 * Reads an order that `JSON.stringify` has written. It is written again as the
 * same text, by which two readings are compared.
 *
 * @param text The text.
 * @returns The order, or `undefined` if the text is none.
 */
export function deserializeNumberOrder(text: string): NumberOrder | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  const { id, status, created, totalCost } = value;
  const isOrder = typeof id === "string" && typeof status === "string" &&
    typeof created === "string" && typeof totalCost === "number" &&
    isItem(value.localNumbers) && isItem(value.tollFreeNumbers) &&
    isItem(value.keywords);
  if (!isOrder) return undefined;
  const date = new Date(created);
  if (Number.isNaN(date.getTime())) return undefined;
  // All but the date is in place, in the order in which it was written.
  return Object.assign(value, { id, status, totalCost, created: date });
}

function isItem(value: unknown): value is NumberOrderItem | undefined {
  if (value === undefined) return true;
  return isRecord(value) && typeof value.ordered === "number" &&
    typeof value.unitCost === "number" && Array.isArray(value.fulfilled) &&
    value.fulfilled.every((word) => typeof word === "string");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
