/**
 * One order as CallFire itself would write it, for tests to change in one place.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { MalformedResponseError } from "../../../client/errors.ts";
import type { NumberOrder } from "../../../client/number_order.ts";
import { Secrets } from "../../../client/http/redaction.ts";
import { parseNumberOrder } from "../../../client/xml/parse_number_order.ts";

/** Credentials that are in no document. */
export const SECRETS: Secrets = new Secrets(
  "someone",
  "a password that is nowhere else",
);

/** The id of the order. */
export const ID = "1642251003";

/** The order, as CallFire writes it. */
export const EXAMPLE = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<r:Resource xmlns="http://api.callfire.com/data" xmlns:r="http://api.callfire.com/resource">
  <NumberOrder id="${ID}">
    <Status>FINISHED</Status>
    <Created>2014-12-17T12:25:36Z</Created>
    <TotalCost>9.5</TotalCost>
    <LocalNumbers><Ordered>1</Ordered><UnitCost>1.5</UnitCost><Fulfilled>12135550142</Fulfilled></LocalNumbers>
    <Keywords><Ordered>2</Ordered><UnitCost>4.0</UnitCost><Fulfilled>YELLOWTAXI ORANGEBROADSWORD</Fulfilled></Keywords>
  </NumberOrder>
</r:Resource>
`;

/** The order, as the client reads it. */
export const ORDER: NumberOrder = {
  id: ID,
  status: "FINISHED",
  created: new Date("2014-12-17T12:25:36Z"),
  totalCost: 9.5,
  localNumbers: { ordered: 1, unitCost: 1.5, fulfilled: ["12135550142"] },
  keywords: {
    ordered: 2,
    unitCost: 4,
    fulfilled: ["YELLOWTAXI", "ORANGEBROADSWORD"],
  },
};

/** The bytes of a document. */
export function document(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The example with one part of it, which it must have, written otherwise. */
export function changed(part: string, by: string): string {
  assertEquals(EXAMPLE.split(part).length, 2, `once: ${part}`);
  return EXAMPLE.replace(part, () => by);
}

/** Reads the order from a document. */
export function read(text: string): NumberOrder {
  return parseNumberOrder(document(text), ID, SECRETS);
}

/** Checks that a document is refused, and with which words. */
export function refuse(
  body: string | Uint8Array,
  expected: string,
  seen: string,
): void {
  const bytes = typeof body === "string" ? document(body) : body;
  const error = assertThrows(
    () => parseNumberOrder(bytes, ID, SECRETS),
    MalformedResponseError,
  );
  assertEquals(
    error.message,
    `Cannot read the answer about order '${ID}': expected ${expected}, ` +
      `but saw ${seen}`,
  );
  assertEquals([error.code, error.status, error.retryable], [
    "malformed",
    200,
    true,
  ]);
}
