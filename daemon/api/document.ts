/**
 * The OpenAPI document, made of the routes themselves.
 *
 * @module
 */

import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Hono } from "hono";
import type { ServedRoute } from "../metrics.ts";
import { patternOf } from "./middleware.ts";
import type { ApiDependencies, ApiEnv } from "./parts.ts";
import { describeProblems } from "./problem.ts";
import { describeMessages } from "./webhook_messages.ts";

/**
 * What the page can be answered with. A browser that kept it asks whether it is
 * another one by now.
 */
const PAGE_STATUSES = [
  200,
  304,
  ...Object.keys(describeProblems()).map(Number),
];

/** An OpenAPI document. */
export type ApiDocument = ReturnType<OpenAPIHono["getOpenAPI31Document"]>;

const documentRoute = createRoute({
  method: "get",
  path: "/openapi.json",
  operationId: "getDocument",
  tags: ["operations"],
  security: [],
  summary: "Get this document",
  responses: {
    200: {
      description: "The document, of OpenAPI 3.1",
      content: {
        "application/json": { schema: z.record(z.string(), z.unknown()) },
      },
    },
    ...describeProblems(),
  },
});

/**
 * Adds the route that answers with the document.
 *
 * @param app The API, with all other routes that are to be described.
 * @param parts What it is made of.
 * @returns The document.
 */
export function serveDocument(
  app: OpenAPIHono<ApiEnv>,
  { token, version, webhooks }: ApiDependencies,
): ApiDocument {
  app.openapi(
    documentRoute,
    (c) => c.json<Record<string, unknown>, 200>({ ...document }, 200),
  );
  app.openAPIRegistry.registerComponent("securitySchemes", "bearer", {
    type: "http",
    scheme: "bearer",
    description: "The API_TOKEN that the daemon was started with",
  });
  if (!("whyOff" in webhooks)) describeMessages(app);
  const document = app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "callfire-orders",
      version,
      description: "Watches orders of phone numbers and keywords at CallFire " +
        "until they have ended. Every error is a `Problem`.",
      license: { name: "MIT" },
    },
    security: token === undefined ? [] : [{ bearer: [] }],
    tags: [
      { name: "orders", description: "Watching orders" },
      { name: "events", description: "Following what happens to them" },
      ..."whyOff" in webhooks
        ? []
        : [{ name: "webhooks", description: "Being told of it elsewhere" }],
      { name: "operations", description: "Running the daemon" },
    ],
  });
  return document;
}

/**
 * Lists the routes for the metrics.
 *
 * @param document The document, in which all but those of the page are.
 * @param page The status page.
 */
export function servedRoutes(
  { paths = {} }: ApiDocument,
  page: Hono | undefined,
): ServedRoute[] {
  const described = Object.entries(paths).flatMap(([route, operations]) =>
    Object.entries(operations).map(([method, { responses }]) => ({
      method: method.toUpperCase(),
      route,
      statuses: Object.keys(responses).map(Number),
    }))
  );
  const ofPage = page?.routes.map(({ method, path }) => ({
    method,
    route: patternOf(path),
    // Of its files, some may be asked for that there are not.
    statuses: path.includes(":") ? [...PAGE_STATUSES, 404] : PAGE_STATUSES,
  }));
  return described.concat(ofPage ?? []);
}
