/**
 * Reads the form with which an order is placed.
 *
 * @module
 */

import type { NewItem, NewOrder } from "./order.ts";

/** A form that is not understood; the message is for who sent it. */
export class FormError extends Error {}

const TOLL_FREE = /^18(?:00|33|44|55|66|77|88)/;
const LARGEST_INT = 2147483647;

/**
 * Reads the form. The fields that narrow the search for a number (Prefix,
 * City, State, Zipcode and the like) are taken, but change nothing: the
 * sandbox makes its numbers up.
 *
 * @param form The fields.
 * @returns The order.
 * @throws {FormError} Where the form orders nothing, or is badly formed.
 */
export function readOrderForm(form: URLSearchParams): NewOrder {
  const numbers = list(form, "Numbers");
  const wrong = numbers.find((number) => !/^1\d{10}$/.test(number));
  if (wrong !== undefined) {
    throw new FormError(`Numbers: ${wrong} is not 1 and ten digits`);
  }
  const isTollFree = (number: string) => TOLL_FREE.test(number);
  const order: NewOrder = {};
  const items = {
    localNumbers: item(
      numbers.filter((number) => !isTollFree(number)),
      count(form, "LocalCount"),
    ),
    tollFreeNumbers: item(
      numbers.filter(isTollFree),
      count(form, "TollFreeCount"),
    ),
    keywords: item(list(form, "Keywords"), 0),
  };
  for (const [kind, item] of Object.entries(items)) {
    if (item) order[kind as keyof typeof items] = item;
  }
  if (Object.keys(order).length === 0) {
    throw new FormError(
      "One of Numbers, Keywords, LocalCount and TollFreeCount is needed",
    );
  }
  return order;
}

function item(wanted: string[], more: number): NewItem | undefined {
  const ordered = wanted.length + more;
  return ordered === 0 ? undefined : { ordered, wanted };
}

/** The field may come more than once, and hold several items each time. */
function list(form: URLSearchParams, name: string): string[] {
  return form.getAll(name).flatMap((value) => value.split(/[\s,]+/))
    .filter((part) => part !== "");
}

function count(form: URLSearchParams, name: string): number {
  const value = form.get(name)?.trim() ?? "";
  if (value === "") return 0;
  if (!/^\d{1,10}$/.test(value) || Number(value) > LARGEST_INT) {
    throw new FormError(`${name}: ${value} is not a whole number from 0`);
  }
  return Number(value);
}
