/**
 * What those need who run the daemon: metrics, liveness and readiness.
 *
 * @module
 */

import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import type { ApiDependencies, ApiEnv } from "./parts.ts";
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

const workingRoute = createRoute({
  ...PUBLIC,
  method: "get",
  path: "/-/working",
  operationId: "getWorking",
  summary: "Tell whether the daemon does its whole work",
  description: "It does not while it is not ready, while CallFire fails or " +
    "refuses the credentials, and during a long `Retry-After` of CallFire. " +
    "Do not restart the daemon for that, and keep sending it requests.",
  responses: {
    200: {
      description: "It does its whole work",
      content: { "text/plain": { schema: z.literal("working\n") } },
    },
    ...describeProblems("not_working"),
  },
});

/**
 * Makes the routes.
 *
 * @param parts What the API is made of.
 */
export function operationsApi(
  { health, metrics }: ApiDependencies,
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

  app.openapi(workingRoute, async (c) => {
    const { publicReasons, working } = await health.work();
    if (!working) {
      throw new ProblemError("not_working", publicReasons.join(" "), {
        reasons: publicReasons,
      });
    }
    return c.text("working\n", 200);
  });

  return app;
}
