/**
 * Looking at watched orders: one, all of them, and what happened to one.
 *
 * @module
 */

import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import {
  SETTLED_OUTCOMES,
  type WatchedOrder,
} from "../polling/watched_order.ts";
import { currentWatch, freshest, waitUntilSettled } from "./current_watch.ts";
import {
  cursorSchema,
  decodeCursor,
  encodeCursor,
  nextCursorSchema,
} from "./cursor.ts";
import { eventSchema, toEventResponse } from "./event_view.ts";
import { orderParams } from "./order_input.ts";
import { DEFAULT_LIMIT, limitSchema, numberUpTo } from "./number_input.ts";
import { orderNotFound } from "./orders.ts";
import type { ApiDependencies, ApiEnv } from "./parts.ts";
import { describeProblems, V1_PROBLEMS } from "./problem.ts";
import { toOrderResponse, watchedOrderSchema } from "./watched_order_view.ts";

/**
 * The longest wait: proxies such as nginx give up on a response after 60
 * seconds by default.
 */
const MAX_WAIT_SECONDS = 55;

const TAGS = ["orders"];

const listRoute = createRoute({
  method: "get",
  path: "/orders",
  operationId: "listOrders",
  tags: TAGS,
  summary: "List orders, those watched last first",
  request: {
    query: z.strictObject({
      state: oneOf("state", ["watching", "settled"]),
      outcome: oneOf("outcome", SETTLED_OUTCOMES),
      label: z.string().optional().openapi({
        description: "Only those with exactly this label",
      }),
      limit: limitSchema(),
      cursor: cursorSchema(decodeCursor),
    }),
  },
  responses: {
    200: {
      description: "One page of the list",
      content: {
        "application/json": {
          schema: z.object({
            items: z.array(watchedOrderSchema),
            nextCursor: nextCursorSchema,
          }).openapi("OrderList"),
        },
      },
    },
    ...describeProblems(...V1_PROBLEMS, "invalid_request"),
  },
});

const getRoute = createRoute({
  method: "get",
  path: "/orders/{id}",
  operationId: "getOrder",
  tags: TAGS,
  summary: "Get an order, at once or when it has settled",
  request: {
    params: orderParams("get"),
    query: z.strictObject({
      wait: numberUpTo(
        MAX_WAIT_SECONDS,
        /^\d+(?:\.\d+)?$/,
        `a wait is a number of seconds from 0 to ${MAX_WAIT_SECONDS}`,
      ).openapi({
        type: "number",
        minimum: 0,
        maximum: MAX_WAIT_SECONDS,
        description: "Answers when the order has settled, or after so many " +
          "seconds with the order as it is then",
      }),
    }),
  },
  responses: {
    200: {
      description: "The order",
      content: { "application/json": { schema: watchedOrderSchema } },
    },
    ...describeProblems(...V1_PROBLEMS, "invalid_request", "order_not_found"),
  },
});

const historyRoute = createRoute({
  method: "get",
  path: "/orders/{id}/history",
  operationId: "getOrderHistory",
  tags: TAGS,
  summary: "Get every change of an order, the oldest first",
  request: { params: orderParams("get the history of") },
  responses: {
    200: {
      description: "The changes since its watch began",
      content: {
        "application/json": {
          schema: z.object({ items: z.array(eventSchema) })
            .openapi("OrderHistory"),
        },
      },
    },
    ...describeProblems(...V1_PROBLEMS, "invalid_request", "order_not_found"),
  },
});

/**
 * Makes the routes; they stand under `/v1`.
 *
 * @param parts What the API is made of.
 */
export function orderQueriesApi(parts: ApiDependencies): OpenAPIHono<ApiEnv> {
  const { store, tracker } = parts;
  const app = new OpenAPIHono<ApiEnv>();
  const viewNow = (watch: WatchedOrder) =>
    toOrderResponse(watch, tracker.watchedFor(watch));

  app.openapi(listRoute, async (c) => {
    const { cursor, limit = DEFAULT_LIMIT, ...filter } = c.req.valid("query");
    const found = await store.list({
      ...filter,
      // One more than is shown tells whether there is another page.
      limit: limit + 1,
      after: cursor,
    });
    const page = found.slice(0, limit);
    const last = page.at(-1);
    return c.json({
      items: page.map((watch) => viewNow(freshest(tracker, watch))),
      nextCursor: last && found.length > limit ? encodeCursor(last) : null,
    }, 200);
  });

  app.openapi(getRoute, async (c) => {
    const { id } = c.req.valid("param");
    const { wait = 0 } = c.req.valid("query");
    const watch = wait === 0
      ? await currentWatch(parts, id)
      : await waitUntilSettled(parts, id, wait * 1000, c.req.raw.signal);
    if (!watch) throw orderNotFound(id);
    return c.json(viewNow(watch), 200);
  });

  app.openapi(historyRoute, async (c) => {
    const { id } = c.req.valid("param");
    const events = await store.history(id);
    if (events.length === 0) throw orderNotFound(id);
    return c.json({ items: events.map(toEventResponse) }, 200);
  });

  return app;
}

function oneOf<const T extends string>(name: string, values: readonly T[]) {
  return z.enum(values, {
    error: ({ input }) =>
      `the ${name} is one of ${values.join(", ")}, not '${input}'`,
  }).optional();
}
