/**
 * Registering endpoints of webhooks, and looking after them.
 *
 * @module
 */

import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import { EVENT_TYPES } from "../polling/watched_order.ts";
import { MAX_SECRETS } from "../webhooks/endpoint.ts";
import { MAX_ENDPOINTS } from "../webhooks/endpoints.ts";
import type { JsonBodies } from "./json_body.ts";
import {
  cursorSchema,
  decodeWebhookCursor,
  encodeWebhookCursor,
  nextCursorSchema,
} from "./cursor.ts";
import { DEFAULT_LIMIT, limitSchema } from "./number_input.ts";
import type { ApiDependencies, ApiEnv } from "./parts.ts";
import { stoppingProblem } from "./middleware.ts";
import {
  BODY_PROBLEMS,
  describeProblems,
  ProblemError,
  V1_PROBLEMS,
  V1_WRITE_PROBLEMS,
} from "./problem.ts";
import {
  parseWebhookUrl,
  registerBodySchema,
  resumeBodySchema,
  webhookParams,
  type WebhookParts,
} from "./webhook_input.ts";
import {
  secretSchema,
  testResultSchema,
  toEndpointResponse,
  webhookSchema,
} from "./webhook_view.ts";

const TAGS = ["webhooks"];

const withSecretSchema = z.object({
  ...webhookSchema.shape,
  secret: secretSchema,
}).openapi("WebhookWithSecret");

function json<Schema extends z.ZodType>(description: string, schema: Schema) {
  return { description, content: { "application/json": { schema } } };
}

const registerRoute = createRoute({
  method: "post",
  path: "/webhooks",
  operationId: "registerWebhook",
  tags: TAGS,
  summary: "Register an endpoint",
  description: "From then on it is told of the events of all orders: at " +
    "least once, and those of an order in their order. Messages are signed as " +
    "the Standard Webhooks specification says. What is not answered with a " +
    "status of success within 10 seconds is sent again, for up to 24 hours. " +
    `There are at most ${MAX_ENDPOINTS}.`,
  request: {
    body: {
      required: true,
      content: { "application/json": { schema: registerBodySchema } },
    },
  },
  responses: {
    201: {
      ...json("It is registered, durably", withSecretSchema),
      headers: {
        Location: { description: "Its path", schema: { type: "string" } },
      },
    },
    ...describeProblems(
      ...V1_WRITE_PROBLEMS,
      ...BODY_PROBLEMS,
      "too_many_webhooks",
    ),
  },
});

const listQuery = z.strictObject({
  limit: limitSchema(),
  cursor: cursorSchema(decodeWebhookCursor),
});

const listRoute = createRoute({
  method: "get",
  path: "/webhooks",
  operationId: "listWebhooks",
  tags: TAGS,
  summary: "List the endpoints, those of single orders too",
  description: "Those that are parked come first, then those that fail; of " +
    "the same state, the oldest first. One whose state changes between two " +
    "pages may be on both of them or on none.",
  request: { query: listQuery },
  responses: {
    200: json(
      "One page of the list",
      z.object({
        items: z.array(webhookSchema),
        nextCursor: nextCursorSchema,
      }).openapi("WebhookList"),
    ),
    ...describeProblems(...V1_PROBLEMS, "invalid_request"),
  },
});

const getRoute = createRoute({
  method: "get",
  path: "/webhooks/{id}",
  operationId: "getWebhook",
  tags: TAGS,
  summary: "Get an endpoint",
  request: { params: webhookParams },
  responses: {
    200: json("The endpoint", webhookSchema),
    ...describeProblems(...V1_PROBLEMS, "webhook_not_found"),
  },
});

const removeRoute = createRoute({
  method: "delete",
  path: "/webhooks/{id}",
  operationId: "removeWebhook",
  tags: TAGS,
  summary: "Remove an endpoint: nothing more is sent there",
  request: { params: webhookParams },
  responses: {
    204: { description: "It is removed" },
    ...describeProblems(...V1_WRITE_PROBLEMS, "webhook_not_found"),
  },
});

const testRoute = createRoute({
  method: "post",
  path: "/webhooks/{id}/test",
  operationId: "testWebhook",
  tags: TAGS,
  summary: "Send an endpoint a message that tells of nothing",
  description: "It is of the type `webhook.test`, and sent once.",
  request: { params: webhookParams },
  responses: {
    200: json("What came of it", testResultSchema),
    ...describeProblems(...V1_WRITE_PROBLEMS, "webhook_not_found"),
  },
});

const rotateRoute = createRoute({
  method: "post",
  path: "/webhooks/{id}/rotate",
  operationId: "rotateWebhookSecret",
  tags: TAGS,
  summary: "Give an endpoint a new secret",
  description: "For 24 hours messages are signed with the old one too, " +
    `with the newest ${MAX_SECRETS} at most.`,
  request: { params: webhookParams },
  responses: {
    200: json("The endpoint, with its new secret", withSecretSchema),
    ...describeProblems(...V1_WRITE_PROBLEMS, "webhook_not_found"),
  },
});

const resumeRoute = createRoute({
  method: "post",
  path: "/webhooks/{id}/resume",
  operationId: "resumeWebhook",
  tags: TAGS,
  summary: "Have an endpoint go on that is parked, or waiting to try again",
  description: "It is told of what it missed, unless told otherwise. Of " +
    "orders that were removed, events are kept as `GET /v1/events` keeps them.",
  request: {
    params: webhookParams,
    body: {
      required: false,
      content: { "application/json": { schema: resumeBodySchema } },
    },
  },
  responses: {
    200: json("The endpoint, as it goes on", webhookSchema),
    ...describeProblems(
      ...V1_WRITE_PROBLEMS,
      ...BODY_PROBLEMS,
      "webhook_not_found",
    ),
  },
});

/**
 * Makes the routes; they stand under `/v1`. Where webhooks are off there are
 * none.
 *
 * @param parts What the API is made of.
 * @param bodies Reads the bodies of requests.
 */
export function webhooksApi(
  { stopping, webhooks }: ApiDependencies,
  bodies: JsonBodies,
): OpenAPIHono<ApiEnv> {
  const app = new OpenAPIHono<ApiEnv>();
  if ("whyOff" in webhooks) return app;
  const { endpoints, hosts } = webhooks;
  const known = <T>(found: T | undefined, id: string): T => {
    if (found === undefined) throw webhookNotFound(id);
    return found;
  };

  app.openapi(
    { ...registerRoute, middleware: bodies.required() },
    async (c) => {
      const { events = EVENT_TYPES, label = null, url } = c.req.valid("json");
      const registered = await endpoints.register({
        url: parseWebhookUrl(url, hosts, "body.url"),
        types: events,
        label,
        order: null,
      });
      c.header("Location", `/v1/webhooks/${registered.endpoint.id}`);
      const view = toEndpointResponse(registered);
      return c.json({ ...view, secret: registered.secret! }, 201);
    },
  );

  app.openapi(listRoute, async (c) => {
    const { cursor, limit = DEFAULT_LIMIT } = c.req.valid("query");
    // One more than is shown tells whether there is another page.
    const found = await endpoints.list(limit + 1, cursor);
    const items = found.slice(0, limit).map(toEndpointResponse);
    const last = items.at(-1);
    const isLast = found.length <= limit || !last;
    const nextCursor = isLast ? null : encodeWebhookCursor(last);
    return c.json({ items, nextCursor }, 200);
  });

  app.openapi(getRoute, async (c) => {
    const { id } = c.req.valid("param");
    const found = known(await endpoints.find(id), id);
    return c.json(toEndpointResponse(found), 200);
  });

  app.openapi(removeRoute, async (c) => {
    const { id } = c.req.valid("param");
    if (!await endpoints.remove(id)) throw webhookNotFound(id);
    return c.body(null, 204);
  });

  app.openapi(testRoute, async (c) => {
    const { id } = c.req.valid("param");
    const testing = endpoints.test(id, stopping).catch((error) => {
      throw stopping.aborted ? stoppingProblem() : error;
    });
    const tested = known(await testing, id);
    const { detail, duration, result, status } = tested;
    return c.json({ result, status, detail, seconds: duration / 1000 }, 200);
  });

  app.openapi(rotateRoute, async (c) => {
    const { id } = c.req.valid("param");
    const rotated = known(await endpoints.rotate(id), id);
    const { secret } = rotated;
    return c.json({ ...toEndpointResponse(rotated), secret }, 200);
  });

  app.openapi({ ...resumeRoute, middleware: bodies.optional() }, async (c) => {
    const { id } = c.req.valid("param");
    const { fromSequence, replay = true } = c.req.valid("json");
    const from = fromSequence === undefined ? undefined : fromSequence - 1;
    const after = replay ? from : Infinity;
    const resumed = known(await endpoints.resume(id, after), id);
    return c.json(toEndpointResponse(resumed), 200);
  });

  return app;
}

/**
 * The problem that webhooks are off, where one is asked for; nothing if they
 * are on, or something else is.
 *
 * @param path The path that is asked for.
 * @param webhooks What sends webhooks, or why nothing does.
 */
export function webhooksOff(
  path: string,
  webhooks: WebhookParts,
): ProblemError | undefined {
  if (!("whyOff" in webhooks)) return undefined;
  if (!/^\/v1\/webhooks(?:\/|$)/.test(path)) return undefined;
  return new ProblemError("webhooks_off", webhooks.whyOff);
}

function webhookNotFound(id: string): ProblemError {
  return new ProblemError(
    "webhook_not_found",
    `There is no webhook '${id.slice(0, 100)}': GET /v1/webhooks lists them`,
  );
}
