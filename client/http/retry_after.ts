/**
 * The `Retry-After` header, in both of its forms (RFC 9110, 10.2.3).
 *
 * @module
 */

/**
 * The longest `Retry-After` that the client honors, in milliseconds: an hour. A
 * server that asks for years by mistake must not silence it for years.
 */
export const MAX_RETRY_AFTER_MS = 3_600_000;

/** The three forms of an HTTP date; the last one leaves its zone, GMT, unsaid. */
const HTTP_DATE =
  /^(?:[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT|[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4})$/;

/**
 * Reads how long a server asks its client to stay away.
 *
 * A date is measured from the server's own `Date` where it sends one, so that
 * a clock that is wrong here does no harm.
 *
 * @example
 * ```ts
 * import { parseRetryAfter } from "@callfire-orders/client";
 * import { assertEquals } from "@std/assert";
 *
 * const headers = new Headers({ "Retry-After": "120" });
 * assertEquals(parseRetryAfter(headers, new Date()), 120_000);
 * ```
 *
 * @param headers The headers of the answer.
 * @param today The date here, for an answer without a `Date`.
 * @returns Milliseconds, 0 for a date gone by; `undefined` when the header is
 * absent or in neither form.
 */
export function parseRetryAfter(
  headers: { get(name: string): string | null },
  today: Date,
): number | undefined {
  const value = headers.get("retry-after")?.trim();
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value)) {
    return Math.min(Number(value) * 1000, Number.MAX_SAFE_INTEGER);
  }
  const until = readHttpDate(value);
  if (until === undefined) return undefined;
  const date = headers.get("date");
  const from = date === null ? undefined : readHttpDate(date);
  return Math.max(0, until - (from ?? today.getTime()));
}

function readHttpDate(value: string): number | undefined {
  if (!HTTP_DATE.test(value)) return undefined;
  const time = Date.parse(value.endsWith("GMT") ? value : `${value} GMT`);
  return Number.isNaN(time) ? undefined : time;
}
