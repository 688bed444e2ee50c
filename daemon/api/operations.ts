/**
 * What those need who run the daemon: metrics, liveness and readiness.
 *
 * @module
 */

import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import type { ApiEnv, ApiParts } from "./parts.ts";
import { describeProblems, ProblemError } from "./problem.ts";

const TAGS = ["operations"];

/** None of these routes wants a token. */
const PUBLIC = { security: [], tags: TAGS };

const metricsRoute = createRoute({
  ...PUBLIC,
  method: "get",
  path: "/metrics",
  operationId: "getMetrics",
  summary: "Get the metrics for Prometheus",
  responses: {
    200: {
      description: "The metrics, in Prometheus's text format",
      content: { "text/plain": { schema: z.string() } },
    },
    ...describeProblems(),
  },
});

const healthyRoute = createRoute({
  ...PUBLIC,
  method: "get",
  path: "/-/healthy",
  operationId: "getLiveness",
  summary: "Tell whether the daemon runs",
  responses: {
    200: {
      description: "It runs",
      content: { "text/plain": { schema: z.literal("healthy\n") } },
    },
    ...describeProblems(),
  },
});

const readyRoute = createRoute({
  ...PUBLIC,
  method: "get",
  path: "/-/ready",
  operationId: "getReadiness",
  summary: "Tell whether the daemon does its work",
  responses: {
    200: {
      description: "It does its work",
      content: { "text/plain": { schema: z.literal("ready\n") } },
    },
    ...describeProblems("not_ready"),
  },
});

/**
 * Makes the routes.
 *
 * @param parts What the API is made of.
 */
export function operationsApi(
  { health, metrics }: ApiParts,
): OpenAPIHono<ApiEnv> {
  const app = new OpenAPIHono<ApiEnv>();

  app.openapi(metricsRoute, async (c) => {
    const { contentType } = metrics;
    return c.text(await metrics.render(), 200, { "Content-Type": contentType });
  });

  app.openapi(healthyRoute, (c) => c.text("healthy\n", 200));

  app.openapi(readyRoute, async (c) => {
    // Anyone may ask, also without the token.
    const { ready, publicReasons } = await health.readiness();
    if (!ready) {
      throw new ProblemError("not_ready", publicReasons.join(" "), {
        reasons: publicReasons,
      });
    }
    return c.text("ready\n", 200);
  });

  return app;
}
