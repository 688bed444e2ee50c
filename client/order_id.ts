/**
 * An order's id, checked once at the door.
 *
 * @module
 */

/** The largest order id: the largest value of an XML Schema `long`. */
const MAX_ORDER_ID = 9223372036854775807n;

/** An order's id as a caller may give it: a whole number, in any of three types. */
export type OrderId = string | number | bigint;

/**
 * Reads an order's id.
 *
 * @example
 * ```ts
 * import { parseOrderId } from "@callfire-orders/client";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * assertEquals(parseOrderId(1642251003, "watch"), "1642251003");
 * assertThrows(() => parseOrderId("abc", "watch"), TypeError, "Cannot watch");
 * ```
 *
 * @param value What the caller gave.
 * @param doing What was to be done, for the error's text: `watch`, `get`, ….
 * @returns The id as a decimal string without sign or leading zeros, since
 * it does not fit a JavaScript number.
 * @throws {TypeError} If `value` is no string, number or bigint, or a string
 * that is not a whole number.
 * @throws {RangeError} If `value` is a number that is not a safe integer, or
 * is outside 1 to 9223372036854775807.
 */
export function parseOrderId(value: OrderId, doing: string): string {
  const fail = (ErrorType: typeof TypeError | typeof RangeError, why: string) =>
    new ErrorType(`Cannot ${doing} order ${show(value)}: ${why}`);
  const rule = `an order id is a whole number from 1 to ${MAX_ORDER_ID}`;

  if (typeof value === "number" && !Number.isSafeInteger(value)) {
    throw fail(
      RangeError,
      Number.isInteger(value)
        ? "a number this large is not exact, pass the id as a string"
        : rule,
    );
  }
  if (typeof value === "string" && !/^[0-9]{1,100}$/.test(value)) {
    throw fail(/^-[0-9]{1,100}$/.test(value) ? RangeError : TypeError, rule);
  }
  if (!["string", "number", "bigint"].includes(typeof value)) {
    throw fail(TypeError, rule);
  }
  const id = BigInt(value);
  if (id < 1n || id > MAX_ORDER_ID) throw fail(RangeError, rule);
  return id.toString();
}

function show(value: unknown): string {
  if (typeof value === "string") return `'${value.slice(0, 40)}'`;
  if (typeof value === "number" || typeof value === "bigint") {
    return `'${String(value).slice(0, 40)}'`;
  }
  return value === null ? "null" : `of type ${typeof value}`;
}
