/**
 * The route of one order on bare Hono, with a constant body: its argument.
 * Prints its port, runs until it is killed.
 *
 * @module
 */

import { Hono } from "hono";

const [body = "{}"] = Deno.args;
const headers = { "content-type": "application/json" };

const app = new Hono();
app.get("/v1/orders/:id", (c) => c.body(body, 200, headers));
Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => console.log(port),
}, (request) => app.fetch(request));
