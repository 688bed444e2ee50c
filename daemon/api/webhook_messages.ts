/**
 * What receivers of webhooks are sent, as the OpenAPI document describes it.
 *
 * @module
 */

import { type OpenAPIHono, z } from "@hono/zod-openapi";
import { EVENT_TYPES } from "../polling/watched_order.ts";
import { TEST_TYPE } from "../webhooks/endpoints.ts";
import { eventSchema } from "./event_view.ts";
import type { ApiEnv } from "./parts.ts";
import { timeSchema } from "./watched_order_view.ts";

/** What is told of a message. */
interface MessageDescription {
  type: string;
  summary: string;
  /** Of what moment its time is. */
  timestamp: string;
  data: z.ZodType;
  /** What comes of the answers that it may get, by their statuses. */
  responses: Record<string, { description: string }>;
}

/**
 * Describes what receivers are sent.
 *
 * @param app The whole API, since webhooks have no paths in it.
 */
export function describeMessages(app: OpenAPIHono<ApiEnv>): void {
  for (const type of EVENT_TYPES) {
    describe(app, {
      type,
      summary: `The event ${type}, as an endpoint is told of it`,
      timestamp: "When it happened",
      data: eventSchema,
      responses: {
        "2XX": { description: "It is taken" },
        410: { description: "No more is wanted: the endpoint is parked" },
        default: { description: "It is sent again later; see Retry-After" },
      },
    });
  }
  describe(app, {
    type: TEST_TYPE,
    summary: "A message that tells of nothing, sent once when it is asked for",
    timestamp: "When it was asked for",
    data: z.object({ webhook: z.string().describe("The id of the endpoint") }),
    responses: {
      "2XX": { description: "It is taken" },
      default: { description: "It is not, and the test's answer tells so" },
    },
  });
}

function describe(
  app: OpenAPIHono<ApiEnv>,
  { data, responses, summary, timestamp, type }: MessageDescription,
): void {
  app.openAPIRegistry.registerWebhook({
    method: "post",
    path: type,
    operationId: `receive ${type}`,
    tags: ["webhooks"],
    security: [],
    summary,
    request: {
      headers: z.object({
        "webhook-id": z.string().describe(
          "Identifies the message: drop one whose id you know, and no other. " +
            "No two events have the same id, also when the database is restored",
        ),
        "webhook-timestamp": z.string()
          .describe("When it was sent, in seconds since 1970"),
        "webhook-signature": z.string()
          .describe("Its signatures, with spaces between them"),
      }),
      body: {
        required: true,
        content: {
          "application/json": {
            schema: z.object({
              type: z.literal(type),
              timestamp: timeSchema.describe(timestamp),
              data,
            }),
          },
        },
      },
    },
    responses,
  });
}
