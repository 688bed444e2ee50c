/**
 * Numbers in the query of a request, checked.
 *
 * @module
 */

import { z } from "@hono/zod-openapi";

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
