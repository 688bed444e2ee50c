/**
 * What a document makes the readers do, told roughly: two documents that take
 * them the same way share a behaviour.
 *
 * @module
 */

import { ITEM_KINDS } from "../../client/number_order.ts";
import type { Agreement } from "./agreement.ts";

/** What a document may hold, from which an order is read. */
const FEATURES = [
  /<!\[CDATA\[/,
  /<!--/,
  /<\?(?!xml )/,
  /^\s+<\?xml/,
  /&#x?[0-9A-Fa-f]+;/,
  /&(?:amp|lt|gt|quot|apos);/,
  /<[^<>/:]+:/,
  /\r/,
  /[\x80-\xff]/,
  /^\xef\xbb\xbf/,
  /<!DOCTYPE/,
];

const KNOWN_NAMES =
  /Resource|NumberOrder|Status|Created|TotalCost|Ordered|UnitCost|Fulfilled/;

/**
 * Describes what a document makes the readers do.
 *
 * @param bytes The document, one character for each byte.
 * @param agreement What became of it.
 * @returns The same text for all documents of the same behaviour.
 */
export function behaviourOf(
  bytes: string,
  { order, refusal, objection }: Agreement,
): string {
  if (order) {
    const features = FEATURES.map((feature) => feature.test(bytes) ? "1" : "0")
      .join("");
    const isOddTime = order.created.getTime() % 1000 !== 0;
    const items = ITEM_KINDS.map((kind) => order[kind]?.fulfilled.length ?? "-")
      .map((length) => length === "-" ? length : Math.min(length, 2));
    return `${features} ${isOddTime} ${items}`;
  }
  const expected = / expected (.*?), but saw /s.exec(refusal!)?.[1] ?? refusal!;
  return `${plain(expected)}; ${plain(objection!)}`;
}

/** A message without what comes from the document. */
function plain(message: string): string {
  return message.replaceAll(
    /<[^<>]*>?/g,
    (tag) => `<${KNOWN_NAMES.exec(tag)?.[0] ?? ""}>`,
  )
    .replaceAll(/(['"]).*\1/gs, "''")
    .replaceAll(/\d+/g, "0")
    .slice(0, 100);
}
