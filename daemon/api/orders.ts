/**
 * Beginning to watch orders, and forgetting them.
 *
 * @module
 */

import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import type { WatchedOrder } from "../polling/watched_order.ts";
import type { JsonBodies } from "./json_body.ts";
import {
  labelSchema,
  orderParams,
  WATCH_ONE,
  watchManyBodySchema,
  watchOneSchema,
} from "./order_input.ts";
import { registerForOrder } from "./order_webhook.ts";
import type { ApiDependencies, ApiEnv } from "./parts.ts";
import {
  BODY_PROBLEMS,
  describeProblems,
  ProblemError,
  V1_WRITE_PROBLEMS,
} from "./problem.ts";
import { toOrderResponse, watchedOrderSchema } from "./watched_order_view.ts";
import { orderWebhookSchema } from "./webhook_input.ts";
import { secretSchema } from "./webhook_view.ts";

const TAGS = ["orders"];

const watchBodySchema = z.strictObject({
  label: labelSchema.optional(),
  webhook: orderWebhookSchema.optional(),
}).openapi("WatchOrder");

const watchedWithWebhookSchema = z.object({
  ...watchedOrderSchema.shape,
  webhook: z.object({
    id: z.string().describe("The id of the endpoint"),
    secret: secretSchema.optional(),
  }).optional().openapi("WatchedOrderWebhook", {
    description: "The endpoint of this order alone, if one is asked for; " +
      "its secret if it is registered from now on",
  }),
}).openapi("WatchedOrderWithWebhook");

const watchRoute = createRoute({
  method: "put",
  path: "/orders/{id}",
  operationId: "watchOrder",
  tags: TAGS,
  summary: "Watch an order",
  description: "Begins to watch it, durably, before it is answered. One that " +
    "is watched or settled already is left as it is, but for its label, if " +
    "another one is given.",
  request: {
    params: orderParams("watch"),
    body: {
      required: false,
      content: { "application/json": { schema: watchBodySchema } },
    },
  },
  responses: {
    200: {
      description: "It was watched, or settled, before",
      content: { "application/json": { schema: watchedWithWebhookSchema } },
    },
    201: {
      description: "It is watched from now on",
      headers: {
        Location: { description: "Its path", schema: { type: "string" } },
      },
      content: { "application/json": { schema: watchedWithWebhookSchema } },
    },
    ...describeProblems(
      ...V1_WRITE_PROBLEMS,
      ...BODY_PROBLEMS,
      "too_many_webhooks",
    ),
  },
});

const watchManyRoute = createRoute({
  method: "post",
  path: "/orders",
  operationId: "watchOrders",
  tags: TAGS,
  summary: "Watch up to 10,000 orders, all or none",
  description: "Those that are watched or settled already, and those that " +
    "are named again, are left as they are, their labels too.",
  request: {
    body: {
      required: true,
      content: { "application/json": { schema: watchManyBodySchema } },
    },
  },
  responses: {
    200: {
      description: "All are watched, durably",
      content: {
        "application/json": {
          schema: z.object({
            created: z.int().describe("How many are watched from now on"),
            existing: z.int().describe(
              "How many were watched or settled before, or named again",
            ),
          }).openapi("WatchedOrders"),
        },
      },
    },
    ...describeProblems(...V1_WRITE_PROBLEMS, ...BODY_PROBLEMS),
  },
});

const forgetRoute = createRoute({
  method: "delete",
  path: "/orders/{id}",
  operationId: "forgetOrder",
  tags: TAGS,
  summary: "Stop watching an order, and forget it",
  request: { params: orderParams("forget") },
  responses: {
    204: { description: "It is forgotten" },
    ...describeProblems(
      ...V1_WRITE_PROBLEMS,
      "invalid_request",
      "order_not_found",
    ),
  },
});

/**
 * Makes the routes; they stand under `/v1`.
 *
 * @param parts What the API is made of.
 * @param bodies Reads the bodies of requests.
 */
export function ordersApi(
  { tracker, webhooks }: ApiDependencies,
  bodies: JsonBodies,
): OpenAPIHono<ApiEnv> {
  const app = new OpenAPIHono<ApiEnv>();
  const viewNow = (watch: WatchedOrder) =>
    toOrderResponse(watch, tracker.watchedFor(watch));

  app.openAPIRegistry.register(WATCH_ONE, watchOneSchema);
  app.openapi({ ...watchRoute, middleware: bodies.optional() }, async (c) => {
    const { id } = c.req.valid("param");
    const { label, webhook: wanted } = c.req.valid("json");
    const registered = wanted &&
      await registerForOrder(webhooks, id, wanted);
    const { created, existing } = await tracker
      .watch([{ id, label: label ?? null }])
      .catch(async (error) => {
        await registered?.undo();
        throw error;
      });
    const also = registered && { webhook: registered.view };
    const [begun] = created;
    if (begun) {
      c.header("Location", `/v1/orders/${id}`);
      return c.json({ ...toOrderResponse(begun), ...also }, 201);
    }
    const known = tracker.find(id) ?? existing[0]!;
    if (label === undefined || label === known.label) {
      return c.json({ ...viewNow(known), ...also }, 200);
    }
    // Without an answer it was forgotten in between: just after this, then.
    const named = await tracker.relabel(id, label) ?? { ...known, label };
    return c.json({ ...viewNow(named), ...also }, 200);
  });

  app.openapi({ ...watchManyRoute, middleware: bodies.bulk() }, async (c) => {
    const { orders } = c.req.valid("json");
    const requests = new Map<string, { id: string; label: string | null }>();
    for (const { id, label = null } of orders) {
      if (!requests.has(id)) requests.set(id, { id, label });
    }
    const { created } = await tracker.watch([...requests.values()]);
    return c.json({
      created: created.length,
      existing: orders.length - created.length,
    }, 200);
  });

  app.openapi(forgetRoute, async (c) => {
    const { id } = c.req.valid("param");
    if (!await tracker.forget(id)) throw orderNotFound(id);
    return c.body(null, 204);
  });

  return app;
}

/**
 * The problem that an order is not watched.
 *
 * @param id The order's id.
 */
export function orderNotFound(id: string): ProblemError {
  return new ProblemError(
    "order_not_found",
    `Order ${id} is not watched: PUT /v1/orders/${id} begins to watch it`,
  );
}
