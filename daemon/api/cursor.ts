/**
 * Where a page of a list ended, as a text that its reader need not understand.
 *
 * @module
 */

import { z } from "@hono/zod-openapi";
import { parseOrderId } from "../../mod.ts";
import type { ListPosition } from "../store/store.ts";
import { ENDPOINT_STATES } from "../webhooks/endpoint.ts";
import type { EndpointPosition } from "../webhooks/worst_first.ts";

/**
 * Writes a cursor of the list of orders.
 *
 * @param position Where the page ended.
 * @returns Letters and digits alone.
 */
export function encodeCursor({ watchedAt, id }: ListPosition): string {
  return encode(`${watchedAt}.${id}`);
}

/**
 * Reads a cursor of the list of orders.
 *
 * @param cursor The text.
 * @returns Where the page ended; `undefined` if it is none of our cursors.
 */
export function decodeCursor(cursor: string): ListPosition | undefined {
  return decode(cursor, (text) => {
    const [, watchedAt, id] = /^(\d{1,15})\.(\d+)$/.exec(text) ?? [];
    const position = {
      watchedAt: Number(watchedAt),
      id: parseOrderId(id ?? "", "list"),
    };
    return encodeCursor(position) === cursor ? position : undefined;
  });
}

/**
 * Writes a cursor of the list of endpoints.
 *
 * @param position Where the page ended.
 * @returns Letters and digits alone.
 */
export function encodeWebhookCursor({ id, state }: EndpointPosition): string {
  return encode(`${state}.${id}`);
}

/**
 * Reads a cursor of the list of endpoints.
 *
 * @param cursor The text.
 * @returns Where the page ended; `undefined` if it is none of our cursors.
 */
export function decodeWebhookCursor(
  cursor: string,
): EndpointPosition | undefined {
  return decode(cursor, (text) => {
    const [, name, id] = /^([a-z]+)\.(wh_[a-z\d]{1,64})$/.exec(text) ?? [];
    const state = ENDPOINT_STATES.find((known) => known === name);
    if (!state || id === undefined) return undefined;
    const position = { state, id };
    return encodeWebhookCursor(position) === cursor ? position : undefined;
  });
}

/**
 * The schema of a cursor that may be left out.
 *
 * @param read Reads it.
 */
export function cursorSchema<Position>(
  read: (cursor: string) => Position | undefined,
) {
  return z.string().transform((text, context) => {
    const position = read(text);
    if (position !== undefined) return position;
    context.addIssue({
      code: "custom",
      message: "a cursor is the nextCursor of the page before, not " +
        `'${text.slice(0, 40)}'`,
    });
    return z.NEVER;
  }).optional().openapi({
    type: "string",
    description: "`nextCursor` of the page before",
  });
}

/** The schema of where the next page of a list begins. */
export const nextCursorSchema = z.string().nullable()
  .describe("Where the next page begins; null on the last one");

// Of letters, digits, dots and underscores, Base64 makes no sign that a URL
// would not take.
function encode(text: string): string {
  return btoa(text).replace(/=+$/, "");
}

function decode<Position>(
  cursor: string,
  read: (text: string) => Position | undefined,
): Position | undefined {
  try {
    return read(atob(cursor));
  } catch {
    return undefined;
  }
}
