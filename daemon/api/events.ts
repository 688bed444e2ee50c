/**
 * Following what happens to orders.
 *
 * @module
 */

import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import { eventStream } from "./event_stream.ts";
import type { ApiEnv, ApiParts } from "./parts.ts";
import { describeProblems, ProblemError, V1_PROBLEMS } from "./problem.ts";

/** The sequence of an event, as a reader sends it back. */
const placeSchema = z.string()
  .refine((text) => /^\d{1,15}$/.test(text), {
    error: ({ input }) =>
      "the id of an event is a whole number, or 0 for all events, not " +
      `'${input}'`,
  })
  .transform(Number)
  .optional()
  .openapi({
    type: "string",
    pattern: "^[0-9]{1,15}$",
    description: "The id of the last event that is known: begins with the " +
      "one after it; 0 for all. Without it, only what happens from now on",
  });

const followSchema = z.enum(["true", "false"], {
  error: ({ input }) => `follow is true or false, not '${input}'`,
})
  .transform((text) => text === "true")
  .optional()
  .openapi({
    type: "boolean",
    default: true,
    description: "With `false` the response ends after the events that " +
      "exist, for readers behind a proxy that holds a stream back. An " +
      "EventSource then polls by itself",
  });

const eventsRoute = createRoute({
  method: "get",
  path: "/events",
  operationId: "followEvents",
  tags: ["events"],
  summary: "Follow what happens to orders",
  description: "Server-sent events. The id of each is its sequence, its name " +
    "its type, and its data an `OrderEvent` as JSON. The header " +
    "Last-Event-ID, which browsers send by themselves, goes before the " +
    "parameter of that name. A reader who takes nothing for ten seconds is " +
    "dropped. The stream ends when the daemon stops. A comment is sent at " +
    "least every 15 seconds, and `retry` differs from stream to stream.",
  request: {
    headers: z.object({ "last-event-id": placeSchema }),
    query: z.strictObject({ lastEventId: placeSchema, follow: followSchema }),
  },
  responses: {
    200: {
      description: "The events, from the place on",
      content: {
        "text/event-stream": {
          schema: z.string(),
          example: ": open\nid: 41\nretry: 3170\n\n" +
            'id: 42\nevent: order.settled\ndata: {"sequence":42,…}\n\n',
        },
      },
    },
    ...describeProblems(...V1_PROBLEMS, "invalid_request", "unknown_event"),
  },
});

/**
 * Makes the route; it stands under `/v1`.
 *
 * @param parts What the API is made of.
 */
export function eventsApi(parts: ApiParts): OpenAPIHono<ApiEnv> {
  const app = new OpenAPIHono<ApiEnv>();
  app.openapi(eventsRoute, async (c) => {
    const last = await parts.store.lastSequence();
    const { follow = true, lastEventId } = c.req.valid("query");
    const place = c.req.valid("header")["last-event-id"] ?? lastEventId ?? last;
    if (place > last) {
      throw new ProblemError(
        "unknown_event",
        `Cannot go on after event ${place}: the last one is ${last}, so that ` +
          "one was of another database; read GET /v1/orders, and connect " +
          "without Last-Event-ID",
      );
    }
    c.header("Content-Type", "text/event-stream");
    // A proxy that compresses a stream holds it back.
    c.header("Cache-Control", "no-store, no-transform");
    // By default nginx holds events back until there are many.
    c.header("X-Accel-Buffering", "no");
    // What answers HEAD has nobody who would read a stream, or end it.
    return c.req.method === "HEAD"
      ? c.body(null, 200)
      : c.body(eventStream(parts, { after: place, follow }), 200);
  });
  return app;
}
