/**
 * The daemon's HTTP API: what is done with every request, and who answers it.
 *
 * @module
 */

import { OpenAPIHono } from "@hono/zod-openapi";
import { methodNotAllowed } from "hono/method-not-allowed";
import { dropAbsent } from "./absent.ts";
import { serveDocument, servedRoutes } from "./document.ts";
import { JsonBodies } from "./json_body.ts";
import { eventsApi } from "./events.ts";
import {
  allowHosts,
  rejectDuringShutdown,
  requestContext,
  requireToken,
} from "./middleware.ts";
import { operationsApi } from "./operations.ts";
import { orderQueriesApi } from "./order_queries.ts";
import { ordersApi } from "./orders.ts";
import type { ApiDependencies, ApiEnv } from "./parts.ts";
import { ProblemError } from "./problem.ts";
import {
  answerProblem,
  invalidRequest,
  problemHandler,
} from "./problem_handler.ts";
import { summaryApi } from "./summary.ts";
import { webhooksApi, webhooksOff } from "./webhooks.ts";

/** What a request can be answered with that no route is for. */
const UNMATCHED_STATUSES = [401, 403, 404, 405, 421, 500, 503];

/**
 * Makes the API.
 *
 * @param parts What it is made of.
 * @returns The application; its `fetch` answers requests.
 */
export function createApp(parts: ApiDependencies): OpenAPIHono<ApiEnv> {
  const { allowedHosts, page, stopping, token } = parts;
  const app = new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      if (!result.success) throw invalidRequest(result.target, result.error);
    },
  });
  app.onError(problemHandler(parts.onFailure));
  app.notFound((c) =>
    answerProblem(
      c,
      webhooksOff(c.req.path, parts.webhooks) ?? new ProblemError(
        "route_not_found",
        `There is nothing at '${c.req.path.slice(0, 100)}': see /openapi.json`,
      ),
    )
  );

  app.use(requestContext(parts));
  app.use(methodNotAllowed({
    app,
    onMethodNotAllowed: (c, methods) => {
      const allow = methods.join(", ");
      return answerProblem(
        c,
        new ProblemError(
          "method_not_allowed",
          `Cannot ${c.req.method} '${c.req.path.slice(0, 100)}': its methods ` +
            `are ${allow}`,
          {},
          { Allow: allow },
        ),
      );
    },
  }));
  if (allowedHosts) app.use(allowHosts(allowedHosts));
  app.use("/v1/*", rejectDuringShutdown(stopping));
  if (token !== undefined) {
    app.use("/v1/*", requireToken(token));
  }

  app.use("/v1/*", dropAbsent);
  const bodies = new JsonBodies(parts.clock);

  app.route("/v1", ordersApi(parts, bodies));
  app.route("/v1", orderQueriesApi(parts));
  app.route("/v1", eventsApi(parts));
  app.route("/v1", summaryApi(parts));
  app.route("/v1", webhooksApi(parts, bodies));
  app.route("/", operationsApi(parts));
  const document = serveDocument(app, parts);
  if (page) app.route("/", page);

  parts.metrics.serves(servedRoutes(document, page), UNMATCHED_STATUSES);
  return app;
}
