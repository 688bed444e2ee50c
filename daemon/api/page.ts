/**
 * Serves the status page.
 *
 * @module
 */

import { Hono, type MiddlewareHandler } from "hono";
import { etag } from "hono/etag";
import uplotCss from "uplot/dist/uPlot.min.css" with { type: "text" };
import uplotJs from "uplot/dist/uPlot.iife.min.js" with { type: "text" };
import adding from "../page/adding.js" with { type: "text" };
import api from "../page/api.js" with { type: "text" };
import attention from "../page/attention.js" with { type: "text" };
import clock from "../page/clock.js" with { type: "text" };
import copying from "../page/copying.js" with { type: "text" };
import details from "../page/details.js" with { type: "text" };
import dom from "../page/dom.js" with { type: "text" };
import favicon from "../page/favicon.svg" with { type: "text" };
import endpoint from "../page/endpoint.js" with { type: "text" };
import endpointDetails from "../page/endpoint_details.js" with { type: "text" };
import endpointFeed from "../page/endpoint_feed.js" with { type: "text" };
import endpointTable from "../page/endpoint_table.js" with { type: "text" };
import eventFeed from "../page/event_feed.js" with { type: "text" };
import faviconAttention from "../page/favicon_attention.svg" with {
  type: "text",
};
import filters from "../page/filters.js" with { type: "text" };
import health from "../page/health.js" with { type: "text" };
import html from "../page/index.html" with { type: "text" };
import orderFeed from "../page/order_feed.js" with { type: "text" };
import orderTable from "../page/order_table.js" with { type: "text" };
import css from "../page/page.css" with { type: "text" };
import page from "../page/page.js" with { type: "text" };
import pause from "../page/pause.js" with { type: "text" };
import plots from "../page/plots.js" with { type: "text" };
import removing from "../page/removing.js" with { type: "text" };
import removingEndpoint from "../page/removing_endpoint.js" with {
  type: "text",
};
import removingOrder from "../page/removing_order.js" with { type: "text" };
import resuming from "../page/resuming.js" with { type: "text" };
import serverSentEvents from "../page/server_sent_events.js" with {
  type: "text",
};
import streamSlot from "../page/stream_slot.js" with { type: "text" };
import token from "../page/token.js" with { type: "text" };
import watchedOrder from "../page/watched_order.js" with { type: "text" };
import words from "../page/words.js" with { type: "text" };

/** The page's files, by their names under `/page/`. */
const FILES = new Map([
  ["adding.js", adding],
  ["api.js", api],
  ["attention.js", attention],
  ["clock.js", clock],
  ["copying.js", copying],
  ["details.js", details],
  ["dom.js", dom],
  ["endpoint.js", endpoint],
  ["endpoint_details.js", endpointDetails],
  ["endpoint_feed.js", endpointFeed],
  ["endpoint_table.js", endpointTable],
  ["event_feed.js", eventFeed],
  ["favicon.svg", favicon],
  ["favicon_attention.svg", faviconAttention],
  ["filters.js", filters],
  ["health.js", health],
  ["order_feed.js", orderFeed],
  ["order_table.js", orderTable],
  ["page.css", css],
  ["page.js", page],
  ["pause.js", pause],
  ["plots.js", plots],
  ["removing.js", removing],
  ["removing_endpoint.js", removingEndpoint],
  ["removing_order.js", removingOrder],
  ["resuming.js", resuming],
  ["server_sent_events.js", serverSentEvents],
  ["stream_slot.js", streamSlot],
  ["token.js", token],
  ["watched_order.js", watchedOrder],
  ["words.js", words],
  ["uplot.css", uplotCss],
  // As a module, which this build is not.
  ["uplot.js", `${uplotJs}\nexport default uPlot;\n`],
]);

/** Media types by the ends of names. */
const MEDIA_TYPES = new Map([
  ["css", "text/css; charset=utf-8"],
  ["js", "text/javascript; charset=utf-8"],
  ["svg", "image/svg+xml"],
]);

/** What the page may load and do: its own files and the API, nothing else. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  // Not even the page's own script can make markup of a text.
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

/** An answer that nothing changed has them too: the browser takes them over. */
const setHeaders: MiddlewareHandler = async (c, next) => {
  await next();
  c.header("Content-Security-Policy", POLICY);
  // What is kept is asked for again.
  c.header("Cache-Control", "no-cache");
};

/**
 * Makes the routes; they stand under `/`. All files are part of the program, so
 * that serving them takes no permission.
 */
export function statusPage(): Hono {
  const app = new Hono();
  app.get("/", setHeaders, etag(), (c) => c.html(html));
  app.get("/page/:file", setHeaders, etag(), (c) => {
    const name = c.req.param("file");
    const text = FILES.get(name);
    const type = MEDIA_TYPES.get(name.slice(name.lastIndexOf(".") + 1));
    if (text === undefined || type === undefined) return c.notFound();
    return c.body(text, 200, { "Content-Type": type });
  });
  return app;
}
