/**
 * Following what happens to orders.
 *
 * @module
 */

import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import {
  EVENT_ID_PATTERN,
  type EventPosition,
  formatEventId,
  parseEventId,
} from "../store/event_id.ts";
import { eventStream } from "./event_stream.ts";
import type { ApiDependencies, ApiEnv } from "./parts.ts";
import { describeProblems, ProblemError, V1_PROBLEMS } from "./problem.ts";

/** The id of an event, as a reader sends it back. */
const placeSchema = z.string()
  .transform((text, context) => {
    const place = parseEventId(text);
    if (place) return place;
    context.addIssue({
      code: "custom",
      message: "the id of an event is what the stream sent as its id, or 0 " +
        `for all events, not '${text}'`,
    });
    return z.NEVER;
  })
  .optional()
  .openapi({
    type: "string",
    pattern: EVENT_ID_PATTERN,
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
  description: "Server-sent events. The id of each is its epoch and its " +
    "sequence, to be sent back as it is; its name is its type, and its data " +
    "an `OrderEvent` as JSON. When the database was restored, an id from " +
    "after the backup is refused with 409: connect without it, and read GET " +
    "/v1/orders. The header " +
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
          example: ": open\nid: 5d1c09bea4f27638-41\nretry: 3170\n\n" +
            "id: 5d1c09bea4f27638-42\nevent: order.settled\n" +
            'data: {"sequence":42,…}\n\n',
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
export function eventsApi(parts: ApiDependencies): OpenAPIHono<ApiEnv> {
  const app = new OpenAPIHono<ApiEnv>();
  app.openapi(eventsRoute, async (c) => {
    const { feed, store } = parts;
    // Before its place is known to be one, or a rewind meanwhile is missed.
    const { rewound } = feed;
    const { follow = true, lastEventId } = c.req.valid("query");
    const given = c.req.valid("header")["last-event-id"] ?? lastEventId;
    const after = given ?? await lastEvent(store);
    if (given && !await isPlace(store, given)) {
      throw new ProblemError(
        "unknown_event",
        `Cannot go on after event ${
          formatEventId(given)
        }: this database does ` +
          "not have it; it was restored from a backup since, or is another " +
          "one. Read how orders stand from GET /v1/orders, and connect " +
          "without Last-Event-ID, or with 0 to get all events again",
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
      : c.body(eventStream(parts, { after, follow, rewound }), 200);
  });
  return app;
}

/** The last event; the very beginning if there is none. */
async function lastEvent(
  store: ApiDependencies["store"],
): Promise<EventPosition> {
  const sequence = await store.lastSequence();
  return { sequence, epoch: await store.epochOf(sequence) ?? "" };
}

/** Whether events can be given that follow a place. */
async function isPlace(
  store: ApiDependencies["store"],
  { epoch, sequence }: EventPosition,
): Promise<boolean> {
  if (sequence === 0 && epoch === "") return true;
  return await store.epochOf(sequence) === epoch;
}
