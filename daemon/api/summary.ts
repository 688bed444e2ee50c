/**
 * How the daemon does, at a glance.
 *
 * @module
 */

import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import {
  SETTLED_OUTCOMES,
  type SettledOutcome,
} from "../polling/watched_order.ts";
import type { Endpoints } from "../webhooks/endpoints.ts";
import type { ApiDependencies, ApiEnv } from "./parts.ts";
import { describeProblems, V1_PROBLEMS } from "./problem.ts";
import { formatTime, timeSchema } from "./watched_order_view.ts";

const secondsSchema = z.number().nullable().openapi({ example: 0.004 });

const quantilesSchema = z.object({ p50: secondsSchema, p99: secondsSchema });

const summarySchema = z.object({
  ready: z.boolean().describe("Whether the daemon does its work"),
  reasons: z.array(z.string()).describe("What keeps it from its work"),
  version: z.string().openapi({ example: "0.1.0" }),
  startedAt: timeSchema,
  uptimeSeconds: z.number(),
  orders: z.object({
    watching: z.int(),
    overdue: z.int().describe("Watched, and for more than 20 seconds"),
    settled: z.int(),
    byStatus: z.record(z.string(), z.int()).openapi({
      description: "Those that are watched, by the status that CallFire gave " +
        "last; `unknown` before it gave any",
      example: { PROCESSING: 2, unknown: 1 },
    }),
    byOutcome: z.record(z.enum(SETTLED_OUTCOMES), z.int())
      .describe("Those that are settled"),
  }),
  upstream: z.object({
    state: z.enum(["up", "failing", "refused"])
      .describe("Whether CallFire answers, fails, or refuses the credentials"),
    failure: z.string().nullable().describe(
      "Why it counts as failing though it responds: it answers 404 for " +
        "orders that it knew; null otherwise",
    ),
    credentialsValid: z.boolean(),
    requestsPerSecondLimit: z.number().nullable()
      .describe(
        "The most questions a second as they are limited now; null " +
          "for no limit, 0 during a pause",
      ),
    pausedUntil: timeSchema.nullable().describe(
      "Until when nothing is polled, since CallFire asked for a long pause " +
        "by Retry-After; null without one",
    ),
    pauseReason: z.string().nullable().openapi({
      description: "The code of the error that asked for the pause",
      example: "rate_limited",
    }),
  }),
  webhooks: z.union([
    z.object({
      active: z.int().describe("Endpoints for which all goes well"),
      failing: z.int().describe("Endpoints that are tried again"),
      parked: z.int().describe("Endpoints that nothing is sent to"),
      backlog: z.int().describe("Events yet to be delivered"),
      delivers: z.boolean()
        .describe("Whether it is this daemon that delivers them, now"),
    }),
    z.null(),
  ]).describe("How webhooks do; null where they are off"),
  polls: z.object({
    inFlight: z.int().describe("Questions that are out"),
    requestsPerSecond: z.number().describe("Over the last minute"),
    durationSeconds: quantilesSchema.describe(
      "How long questions took, to the end of their answers, over the last " +
        "minute; null without any",
    ),
    latenessSeconds: quantilesSchema.describe(
      "How long after their due time questions began, over the last minute; " +
        "null without any",
    ),
  }),
}).openapi("Summary");

const summaryRoute = createRoute({
  method: "get",
  path: "/summary",
  operationId: "getSummary",
  tags: ["operations"],
  summary: "Get how the daemon does, at a glance",
  responses: {
    200: {
      description: "The summary",
      content: { "application/json": { schema: summarySchema } },
    },
    ...describeProblems(...V1_PROBLEMS),
  },
});

/**
 * Makes the route; it stands under `/v1`.
 *
 * @param parts What the API is made of.
 */
export function summaryApi(parts: ApiDependencies): OpenAPIHono<ApiEnv> {
  const { clock, health, pause, statistics, store, tracker, version } = parts;
  const endpoints = "whyOff" in parts.webhooks
    ? undefined
    : parts.webhooks.endpoints;
  const startedAt = formatTime(clock.date().getTime());
  const started = clock.now();
  const app = new OpenAPIHono<ApiEnv>();
  app.openapi(summaryRoute, async (c) => {
    const [counts, readiness, webhooks] = await Promise.all([
      store.counts(),
      health.readiness(),
      endpoints ? summaryOf(endpoints) : null,
    ]);
    const { census, inFlight, upstream } = tracker;
    const paused = pause.current;
    const limit = paused ? 0 : upstream.rate;
    const { duration, lateness, requestsPerSecond } = statistics.summary();
    const byOutcome = Object.fromEntries(
      SETTLED_OUTCOMES.map((
        outcome,
      ) => [outcome, counts.settled[outcome] ?? 0]),
    ) as Record<SettledOutcome, number>;
    const { ready, reasons } = readiness;
    return c.json({
      ready,
      reasons,
      version,
      startedAt,
      uptimeSeconds: (clock.now() - started) / 1000,
      orders: {
        watching: counts.watching,
        overdue: tracker.overdue,
        settled: Object.values(byOutcome)
          .reduce((sum, count) => sum + count, 0),
        byStatus: Object.fromEntries(census.byStatus),
        byOutcome,
      },
      upstream: {
        state: upstream.state,
        failure: upstream.failure ?? null,
        credentialsValid: upstream.state !== "refused",
        requestsPerSecondLimit: Number.isFinite(limit) ? limit : null,
        pausedUntil: paused ? formatTime(paused.until) : null,
        pauseReason: paused?.code ?? null,
      },
      webhooks,
      polls: {
        inFlight,
        requestsPerSecond,
        durationSeconds: duration,
        latenessSeconds: lateness,
      },
    }, 200);
  });
  return app;
}

async function summaryOf(
  endpoints: Endpoints,
): Promise<z.infer<typeof summarySchema>["webhooks"]> {
  return { ...await endpoints.count(), delivers: endpoints.delivers };
}
