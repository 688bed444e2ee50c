/**
 * Parts of a request that mean nothing and count as absent.
 *
 * @module
 */

import type { MiddlewareHandler } from "hono";
import type { ApiEnv } from "./parts.ts";

/** What jQuery and others add to a query so that no cache responds. */
const CACHE_BUSTER = "_";

/** The last event id, which some clients send blank before they have one. */
const EVENT_ID = { header: "Last-Event-ID", parameter: "lastEventId" };

/** Takes them out of requests that read something. */
export const dropAbsent: MiddlewareHandler<ApiEnv> = async (c, next) => {
  const { headers, method, signal, url } = c.req.raw;
  const isBlank = headers.get(EVENT_ID.header)?.trim() === "";
  const rest = withoutAbsent(url);
  if ((isBlank || rest !== url) && (method === "GET" || method === "HEAD")) {
    const kept = new Headers(headers);
    if (isBlank) kept.delete(EVENT_ID.header);
    c.req.raw = new Request(rest, { headers: kept, method, signal });
  }
  await next();
};

function withoutAbsent(url: string): string {
  if (!/[?&](?:_|lastEventId)(?:[=&]|$)/.test(url)) return url;
  const parsed = new URL(url);
  parsed.searchParams.delete(CACHE_BUSTER);
  parsed.searchParams.delete(EVENT_ID.parameter, "");
  return parsed.href;
}
