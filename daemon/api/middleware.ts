/**
 * What is done with every request. Each step that is a middleware of its own
 * costs as much as the answer to a short request, so most of it is one.
 *
 * @module
 */

import type { MiddlewareHandler } from "hono";
import { bearerAuth } from "hono/bearer-auth";
import { routePath } from "hono/route";
import { crossOriginProblem } from "./cross_origin.ts";
import type { ApiDependencies, ApiEnv } from "./parts.ts";
import { ProblemError } from "./problem.ts";
import { answerProblem } from "./problem_handler.ts";

/**
 * The headers of every answer that does not set them itself, as the status
 * page does: nobody is to keep an answer, since orders change, and a browser is
 * to make nothing of it but what it is.
 */
const HEADERS = Object.entries({
  "Cache-Control": "no-store",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Cross-Origin-Resource-Policy": "same-origin",
  "X-Content-Type-Options": "nosniff",
});

/**
 * After how many seconds a caller may try again what is not available for now.
 * Each response says another time in between, so that callers who were refused
 * together do not return together.
 */
const MIN_RETRY_AFTER_SECONDS = 2;
const MAX_RETRY_AFTER_SECONDS = 8;

/**
 * Gives every request an id, that of its caller if it is harmless, every answer
 * its headers, and tells the metrics of both; of a stream, when it begins. A
 * cross-origin request that may change something goes no further.
 *
 * @param parts What the API is made of.
 */
export function requestContext(
  { clock, metrics }: ApiDependencies,
): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const startedAt = clock.now();
    const given = c.req.header("X-Request-Id") ?? "";
    const id = /^[\w=-]{1,255}$/.test(given) ? given : crypto.randomUUID();
    c.set("requestId", id);
    const refused = crossOriginProblem(c.req.raw);
    if (refused) c.res = answerProblem(c, refused);
    else await next();
    const { headers, status } = c.res;
    headers.set("X-Request-Id", id);
    if (status === 503) headers.set("Retry-After", retryAfter(clock.random()));
    for (const [name, value] of HEADERS) {
      if (!headers.has(name)) headers.set(name, value);
    }
    metrics.requested({
      method: c.req.method,
      // The last one that matches.
      route: patternOf(routePath(c, -1)),
      status,
      duration: clock.now() - startedAt,
    });
  };
}

function retryAfter(random: number): string {
  const choices = MAX_RETRY_AFTER_SECONDS - MIN_RETRY_AFTER_SECONDS + 1;
  return String(MIN_RETRY_AFTER_SECONDS + Math.floor(choices * random));
}

/** The patterns of routes, of which there are a few, by their paths. */
const patterns = new Map<string, string>();

/**
 * The path of a route as the OpenAPI document writes it.
 *
 * @param path As Hono writes it.
 */
export function patternOf(path: string): string {
  const known = patterns.get(path);
  if (known !== undefined) return known;
  const pattern = path.replaceAll(/:(\w+)/g, "{$1}");
  patterns.set(path, pattern);
  return pattern;
}

/**
 * Serves requests for some hosts alone.
 *
 * @param hosts Their names and IP addresses, as they stand in a URL.
 */
export function allowHosts(
  hosts: readonly string[],
): MiddlewareHandler<ApiEnv> {
  /** What the last URL that was served begins with, up to its path. */
  let served: string | undefined;
  return async (c, next) => {
    const { url } = c.req;
    const path = url.indexOf("/", "http://".length);
    const origin = path < 0 ? url : url.slice(0, path);
    if (origin !== served) {
      const host = URL.parse(url)?.hostname ?? "";
      // A name that ends with a dot is the same, written in full.
      if (!hosts.includes(host.replace(/\.$/, ""))) {
        throw new ProblemError(
          "host_not_allowed",
          `Cannot serve the host '${host}': ask for ${hosts.join(" or ")}, ` +
            "or have the daemon started with an API_TOKEN",
        );
      }
      served = origin;
    }
    await next();
  };
}

/**
 * Serves those alone who show a token.
 *
 * @param token The token.
 */
export function requireToken(token: string): MiddlewareHandler<ApiEnv> {
  const challenge = { wwwAuthenticateHeader: 'Bearer realm="callfire-orders"' };
  return bearerAuth({
    token,
    noAuthenticationHeader: challenge,
    invalidAuthenticationHeader: challenge,
  });
}

/**
 * Begins nothing more once the daemon stops.
 *
 * @param stopping Aborted when it does.
 */
export function rejectDuringShutdown(
  stopping: AbortSignal,
): MiddlewareHandler<ApiEnv> {
  return async (_c, next) => {
    if (stopping.aborted) throw stoppingProblem();
    await next();
  };
}

/** The problem that the daemon stops before it could answer. */
export function stoppingProblem(): ProblemError {
  return new ProblemError(
    "shutting_down",
    "Cannot serve this any more: the daemon is stopping; try again soon",
  );
}
