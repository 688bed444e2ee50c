/**
 * Numbers in the query of a request, checked.
 *
 * @module
 */

import { z } from "@hono/zod-openapi";

/** How many a page of a list holds unless told. */
export const DEFAULT_LIMIT = 100;

/** The most that a list can be limited to. */
const MAX_LIMIT = 1000;

/** The schema of a limit to a list, from 1 to 1000, that may be left out. */
export function limitSchema() {
  return numberUpTo(
    MAX_LIMIT,
    /^[1-9]\d*$/,
    `a limit is a whole number from 1 to ${MAX_LIMIT}`,
  ).openapi({
    type: "integer",
    minimum: 1,
    maximum: MAX_LIMIT,
    default: DEFAULT_LIMIT,
  });
}

/**
 * The schema of a number that may be left out.
 *
 * @param largest The largest that it may be.
 * @param pattern What it is written like.
 * @param rule What is said of any other text.
 */
export function numberUpTo(largest: number, pattern: RegExp, rule: string) {
  return z.string()
    .refine((text) => pattern.test(text) && Number(text) <= largest, {
      error: ({ input }) => `${rule}, not '${input}'`,
    })
    .transform(Number)
    .optional();
}
