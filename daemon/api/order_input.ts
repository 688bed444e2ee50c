/**
 * What callers say about orders, checked: ids and labels.
 *
 * @module
 */

import { z } from "@hono/zod-openapi";
import { PART_SIZE, yieldToEventLoop } from "../event_loop.ts";
import { type OrderId, parseOrderId } from "../../mod.ts";

/** The most orders that can be watched by one request. */
export const MAX_ORDERS = 10_000;

/** The most characters of a label. */
const MAX_LABEL_LENGTH = 200;

/** The name of one of many orders in the OpenAPI document. */
export const WATCH_ONE = "WatchOrdersItem";

/** An id in digits, as the OpenAPI document describes it. */
const ID_IN_DIGITS = {
  type: "string",
  pattern: "^0*[1-9][0-9]{0,18}$",
  description: "A whole number from 1 to 9223372036854775807",
  example: "1642251003",
} as const;

/** A label. */
export const labelSchema = z.string()
  .refine((label) => countCharacters(label) <= MAX_LABEL_LENGTH, {
    error: ({ input }) =>
      `a label has at most ${MAX_LABEL_LENGTH} characters, not ` +
      countCharacters(String(input)),
    abort: true,
  })
  .refine((label) => label.isWellFormed() && !/\p{Cc}/u.test(label), {
    error: "a label has no control characters and no half of a character",
  })
  .nullable()
  .openapi({
    type: ["string", "null"],
    maxLength: MAX_LABEL_LENGTH,
    pattern: "^\\P{Cc}*$",
    description: "What its owner calls it; null for nothing",
    example: "spring campaign",
  });

/** One of many orders to watch. */
export const watchOneSchema = z.strictObject({
  id: z.union([z.string(), z.number()], {
    error: "an order id is a string, or a number that is exact",
  }).transform(reader("watch")).openapi({
    anyOf: [ID_IN_DIGITS, { type: "integer", minimum: 1 }],
    description: "A number that is not exact in JavaScript, from " +
      "9007199254740992, must be a string",
  }),
  label: labelSchema.optional(),
}).openapi(WATCH_ONE);

/** The body of a request to watch many orders. */
export const watchManyBodySchema = z.strictObject({
  orders: z.array(z.unknown()).min(1).max(MAX_ORDERS)
    .transform((orders, context) => parseOrders(orders, context)).openapi({
      type: "array",
      items: { $ref: `#/components/schemas/${WATCH_ONE}` },
      minItems: 1,
      maxItems: MAX_ORDERS,
    }),
}).openapi("WatchOrders");

/**
 * The id in a path. It is taken with leading zeros, and known without them.
 *
 * @param doing What is to be done, for the error's text: `watch`, `get`, ….
 */
// deno-lint-ignore explicit-function-return-type -- the schema is its type
export function orderParams(doing: string) {
  return z.object({
    id: z.string().transform(reader(doing)).openapi({
      param: { name: "id", in: "path" },
      ...ID_IN_DIGITS,
    }),
  });
}

/** Checks orders slice by slice: all at once would hold the daemon up. */
async function parseOrders(
  orders: readonly unknown[],
  context: z.RefinementCtx,
): Promise<z.infer<typeof watchOneSchema>[]> {
  const parsed: z.infer<typeof watchOneSchema>[] = [];
  for (const [index, order] of orders.entries()) {
    if (index > 0 && index % PART_SIZE === 0) await yieldToEventLoop();
    const { data, error } = watchOneSchema.safeParse(order);
    if (data) parsed.push(data);
    for (const issue of error?.issues ?? []) {
      context.addIssue({ ...issue, path: [index, ...issue.path] });
    }
  }
  return parsed;
}

/** Counts the characters of a text, however long, without a copy of it. */
function countCharacters(text: string): number {
  let count = 0;
  for (let index = 0; index < text.length; index++) {
    // The second half of a character is none.
    if ((text.charCodeAt(index) & 0xfc00) !== 0xdc00) count++;
  }
  return count;
}

function reader(doing: string) {
  return (id: OrderId, context: z.RefinementCtx): string => {
    try {
      return parseOrderId(id, doing);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      context.addIssue({ code: "custom", message: error.message });
      return z.NEVER;
    }
  };
}
